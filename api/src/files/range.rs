//! Parts of a file (RFC 9110 § 14).

use std::ops::Range;

/// How much of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part of which the file has nothing.
    Outside,
}

impl Wanted {
    /// Reads the header `Range`. What is malformed, of another unit, or more than one range is
    /// ignored, as the standard allows.
    pub(super) fn of(header: Option<&str>, size: u64) -> Self {
        let spec = header.and_then(|value| value.split_once('='));
        let Some((unit, spec)) = spec else { return Self::Whole };
        if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
            return Self::Whole;
        }
        let Some((first, last)) = spec.split_once('-') else { return Self::Whole };
        match (first.trim(), last.trim()) {
            ("", last) => number(last).map_or(Self::Whole, |length| suffix(length, size)),
            (first, "") => number(first).map_or(Self::Whole, |first| part(first, u64::MAX, size)),
            (first, last) => match (number(first), number(last)) {
                (Some(first), Some(last)) if first <= last => part(first, last, size),
                _ => Self::Whole,
            },
        }
    }
}

fn suffix(length: u64, size: u64) -> Wanted {
    match length {
        0 => Wanted::Outside,
        _ if size == 0 => Wanted::Outside,
        _ => Wanted::Part(size.saturating_sub(length)..size),
    }
}

fn part(first: u64, last: u64, size: u64) -> Wanted {
    if first >= size {
        return Wanted::Outside;
    }
    Wanted::Part(first..last.saturating_add(1).min(size))
}

/// Digits alone; as many as the client likes, since a number beyond all files is one all the same.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_within_the_file_is_a_part() {
        for (header, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-4", 2..5),
            ("bytes=7-", 7..10),
            ("bytes=5-999", 5..10),
            ("bytes=-3", 7..10),
            ("bytes=-999", 0..10),
            ("Bytes= 1 - 2 ", 1..3),
            ("bytes=0-99999999999999999999999", 0..10),
        ] {
            assert_eq!(Wanted::of(Some(header), 10), Wanted::Part(part), "{header}");
        }
    }

    #[test]
    fn a_range_beyond_the_file_can_not_be_satisfied() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(Wanted::of(Some(header), 10), Wanted::Outside, "{header}");
        }
        assert_eq!(Wanted::of(Some("bytes=-1"), 0), Wanted::Outside);
    }

    #[test]
    fn whatever_else_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=4-2",
            "bytes=1-2,4-5",
            "items=0-1",
            "bytes=--1",
            "bytes=1",
            "bytes=+1-2",
            "0-1",
        ] {
            assert_eq!(Wanted::of(Some(header), 10), Wanted::Whole, "{header}");
        }
        assert_eq!(Wanted::of(None, 10), Wanted::Whole);
    }
}
