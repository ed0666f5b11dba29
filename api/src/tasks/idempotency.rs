//! Sending a request twice without having it done twice.

use actix_web::http::header::{HeaderMap, HeaderName};
use platform::task::{ConversionOptions, Format, Task};

use crate::problem::{Code, Problem};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Marks an answer as one that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const LONGEST: usize = 255;

/// The client's own name for a request: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key in the headers, if there is one.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(HEADER);
        let Some(value) = values.next() else { return Ok(None) };
        let bytes = value.as_bytes();
        let fits = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(text) if fits && values.next().is_none() => Ok(Some(Self(text.to_owned()))),
            _ => Err(Problem::new(
                Code::MalformedHeader,
                "Idempotency-Key must be there once and have 1 to 255 visible ASCII characters.",
            )),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the request that made the task is the one that came again.
pub(super) fn same(
    task: &Task,
    digest: &str,
    (format, options): (Format, &ConversionOptions),
) -> Result<(), Problem> {
    // Once it was asked to be converted again, what was first asked for is no longer known.
    let changed_since = task.generation > 1;
    let same_wishes = task.new_format == format && task.options.0 == *options;
    if task.source_digest == digest && (same_wishes || changed_since) {
        return Ok(());
    }
    Err(Code::IdempotencyKeyReused.into())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn key(values: &[&[u8]]) -> Result<Option<IdempotencyKey>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        IdempotencyKey::of(&headers)
    }

    #[test]
    fn a_key_is_there_once_short_and_visible() {
        assert_eq!(key(&[]).unwrap(), None);
        assert_eq!(key(&[b"abc"]).unwrap().unwrap().as_str(), "abc");
        assert!(key(&[&[b'x'; 255]]).is_ok());
        for bad in [&[b"".as_slice()][..], &[b"a b"], &[&[b'x'; 256]], &[b"\xff"], &[b"a", b"b"]] {
            assert!(key(bad).is_err(), "{bad:?}");
        }
    }
}
