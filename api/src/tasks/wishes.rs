//! What a client wants of a conversion: the format, and options with their ranges.

use std::ops::RangeInclusive;

use platform::task::{ConversionOptions, Format};

use crate::problem::{Code, Problem};

/// Wishes as they come in, each name at most once.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    format: Option<Format>,
    options: ConversionOptions,
    seen: Vec<&'static str>,
}

type Setter = fn(&mut Wishes, &str) -> Option<()>;

/// Name, code of a wrong value, and how the value is taken.
const FIELDS: [(&str, Code, Setter); 10] = [
    ("newFormat", Code::FormatNotAllowed, |w, text| put(&mut w.format, text.parse().ok())),
    ("bitrate", Code::InvalidBitrate, |w, text| put(&mut w.options.bitrate, bitrate(text))),
    ("sampleRate", Code::InvalidSampleRate, |w, text| {
        put(&mut w.options.sample_rate, whole(text, 4_000..=384_000))
    }),
    ("channels", Code::InvalidChannels, |w, text| put(&mut w.options.channels, whole(text, 1..=8))),
    ("bitDepth", Code::InvalidBitDepth, |w, text| put(&mut w.options.bit_depth, text.parse().ok())),
    ("trimStart", Code::InvalidTrimStart, |w, text| {
        put(&mut w.options.trim_start, number(text, 0.0..=1e7))
    }),
    ("trimEnd", Code::InvalidTrimEnd, |w, text| {
        put(&mut w.options.trim_end, number(text, 0.0..=1e7))
    }),
    ("gain", Code::InvalidGain, |w, text| put(&mut w.options.gain, number(text, -120.0..=60.0))),
    ("keepTags", Code::InvalidKeepTags, |w, text| put(&mut w.options.keep_tags, truth(text))),
    ("keepArt", Code::InvalidKeepArt, |w, text| put(&mut w.options.keep_art, truth(text))),
];

impl Wishes {
    /// Takes one wish. An empty option is one that was left blank in a form, and so not wished.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let known = FIELDS.iter().find(|(known, ..)| *known == name);
        let (known, code, setter) = known.ok_or_else(|| unsupported(name))?;
        if self.seen.contains(known) {
            return Err(duplicate(known));
        }
        self.seen.push(known);
        let value = value.trim();
        if value.is_empty() && *known != "newFormat" {
            return Ok(());
        }
        setter(self, value).ok_or_else(|| wrong(known, *code))
    }

    /// The wishes, complete and in accord with each other.
    pub(super) fn finish(self) -> Result<(Format, ConversionOptions), Problem> {
        let format = self.format.ok_or_else(|| missing("newFormat"))?;
        if format == Format::Wav && self.options.bitrate.is_some() {
            let detail = "bitrate can't be set for wav, which is not compressed; use bitDepth.";
            return Err(Problem::new(Code::InvalidBitrate, detail));
        }
        if format != Format::Wav && self.options.bit_depth.is_some() {
            let detail = "bitDepth can be set for wav alone; use bitrate.";
            return Err(Problem::new(Code::InvalidBitDepth, detail));
        }
        if let Some(end) = self.options.trim_end
            && end <= self.options.trim_start.unwrap_or(0.0)
        {
            let detail = "trimEnd must lie after trimStart; both count from the source's start.";
            return Err(Problem::new(Code::InvalidTrimEnd, detail));
        }
        Ok((format, self.options))
    }
}

/// A field that has to be there.
pub(super) fn missing(name: &str) -> Problem {
    Problem::new(Code::MissingField, format!("The field {name} is missing."))
}

/// A field that may be there once.
pub(super) fn duplicate(name: &str) -> Problem {
    Problem::new(Code::DuplicateField, format!("The field {name} is there twice."))
}

fn unsupported(name: &str) -> Problem {
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    Problem::new(Code::UnsupportedOption, format!("The option {name} is not supported."))
}

fn wrong(name: &str, code: Code) -> Problem {
    if code == Code::FormatNotAllowed {
        return Problem::new(code, "newFormat value is not an allowed format");
    }
    let rule = code.description().explanation;
    Problem::new(code, format!("The value of {name} is not allowed: {rule}"))
}

fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    *place = Some(value?);
    Some(())
}

fn bitrate(text: &str) -> Option<u32> {
    let bits = match text.strip_suffix(['k', 'K']) {
        Some(kilo) => whole::<u32>(kilo, 0..=9_999)? * 1000,
        None => whole(text, 0..=u32::MAX)?,
    };
    (8_000..=1_024_000).contains(&bits).then_some(bits)
}

fn whole<T>(text: &str, range: RangeInclusive<T>) -> Option<T>
where
    T: std::str::FromStr + PartialOrd,
{
    // `parse` would take a plus sign as well.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| digits && range.contains(value))
}

fn number(text: &str, range: RangeInclusive<f64>) -> Option<f64> {
    text.parse().ok().filter(|value| range.contains(value))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "on" => Some(true),
        "false" | "0" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(pairs: &[(&str, &str)]) -> Result<(Format, ConversionOptions), Problem> {
        let mut wishes = Wishes::default();
        for (name, value) in pairs {
            wishes.set(name, value)?;
        }
        wishes.finish()
    }

    #[test]
    fn every_option_is_taken_and_a_blank_one_is_not_wished() {
        let (format, options) = wishes(&[
            ("newFormat", "ACC"),
            ("bitrate", "128k"),
            ("sampleRate", "44100"),
            ("channels", "2"),
            ("trimStart", "1.5"),
            ("trimEnd", "2"),
            ("gain", "-3"),
            ("keepTags", "false"),
            ("keepArt", "on"),
            ("bitDepth", ""),
        ])
        .unwrap();
        assert_eq!(format, Format::Aac);
        let expected = ConversionOptions {
            bitrate: Some(128_000),
            sample_rate: Some(44_100),
            channels: Some(2),
            bit_depth: None,
            trim_start: Some(1.5),
            trim_end: Some(2.0),
            gain: Some(-3.0),
            keep_tags: Some(false),
            keep_art: Some(true),
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn values_out_of_range_have_the_options_own_code() {
        let wrong = [
            ("newFormat", "", Code::FormatNotAllowed),
            ("newFormat", "flac", Code::FormatNotAllowed),
            ("bitrate", "7999", Code::InvalidBitrate),
            ("bitrate", "+128000", Code::InvalidBitrate),
            ("bitrate", "k", Code::InvalidBitrate),
            ("bitrate", "99999999999999999999k", Code::InvalidBitrate),
            ("sampleRate", "384001", Code::InvalidSampleRate),
            ("channels", "0", Code::InvalidChannels),
            ("channels", "9", Code::InvalidChannels),
            ("bitDepth", "8", Code::InvalidBitDepth),
            ("trimStart", "-1", Code::InvalidTrimStart),
            ("trimStart", "NaN", Code::InvalidTrimStart),
            ("trimEnd", "inf", Code::InvalidTrimEnd),
            ("gain", "61", Code::InvalidGain),
            ("keepTags", "maybe", Code::InvalidKeepTags),
            ("keepArt", "2", Code::InvalidKeepArt),
            ("quality", "5", Code::UnsupportedOption),
            ("normalize", "-14", Code::UnsupportedOption),
            ("nonsense", "1", Code::UnsupportedOption),
        ];
        for (name, value, code) in wrong {
            let problem = Wishes::default().set(name, value).unwrap_err();
            assert_eq!(problem.code(), code, "{name}={value}");
        }
    }

    #[test]
    fn wishes_that_contradict_each_other_or_repeat_are_refused() {
        let code = |pairs: &[_]| wishes(pairs).unwrap_err().code();
        assert_eq!(code(&[("newFormat", "wav"), ("bitrate", "128k")]), Code::InvalidBitrate);
        assert_eq!(code(&[("newFormat", "mp3"), ("bitDepth", "16")]), Code::InvalidBitDepth);
        assert_eq!(code(&[("newFormat", "mp3"), ("newFormat", "ogg")]), Code::DuplicateField);
        let trim = [("newFormat", "mp3"), ("trimStart", "3"), ("trimEnd", "2")];
        assert_eq!(code(&trim), Code::InvalidTrimEnd);
        assert_eq!(code(&[("newFormat", "mp3"), ("trimEnd", "0")]), Code::InvalidTrimEnd);
        assert_eq!(code(&[("gain", "1")]), Code::MissingField);
    }
}
