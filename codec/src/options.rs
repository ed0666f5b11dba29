//! What to convert to, and how.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The format to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// PCM in RIFF/WAVE, or RF64 where it outgrows 4 GiB.
    Wav,
    /// MPEG-1/2/2.5 layer III with a Xing/LAME header.
    Mp3,
    /// AAC-LC in ADTS.
    Aac,
    /// Vorbis in Ogg.
    Ogg,
    /// Windows Media Audio 2 in ASF.
    Wma,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 5] = [Self::Wav, Self::Mp3, Self::Aac, Self::Ogg, Self::Wma];

    /// The name, which is also the usual file extension.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::Wma => "wma",
        }
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::Wma => "audio/x-ms-wma",
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Target {
    type Err = Error;

    /// Reads a name as in [`Target::name`], in any case.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            Error::InvalidOption {
                name: "target",
                value: name.chars().take(40).collect(),
                reason: "it is one of wav, mp3, aac, ogg, wma".into(),
            }
        })
    }
}

/// The sample format of a WAV result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BitDepth {
    /// 16-bit integers.
    #[serde(rename = "16")]
    Int16,
    /// 24-bit integers.
    #[serde(rename = "24")]
    Int24,
    /// 32-bit integers.
    #[serde(rename = "32")]
    Int32,
    /// 32-bit IEEE floating point.
    #[serde(rename = "float")]
    Float32,
}

impl BitDepth {
    /// The width in bits.
    #[must_use]
    pub fn bits(self) -> u16 {
        match self {
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Int32 | Self::Float32 => 32,
        }
    }
}

/// The choices of one conversion; what is `None` follows the source.
///
/// In JSON the names are camelCase and `bitDepth` is one of `"16"`, `"24"`, `"32"`, `"float"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Options {
    /// Bit rate of a lossy result in bits/s, all channels together.
    pub bitrate: Option<u32>,
    /// Sample rate of the result in Hz.
    pub sample_rate: Option<u32>,
    /// Channels of the result.
    pub channels: Option<u16>,
    /// Sample format of a WAV result.
    pub bit_depth: Option<BitDepth>,
    /// Where in the source the result starts, in seconds.
    pub trim_start: Option<f64>,
    /// Where in the source the result ends, in seconds from the source's start.
    pub trim_end: Option<f64>,
    /// Change of level in dB.
    pub gain: Option<f64>,
    /// Whether text tags are carried over.
    pub keep_tags: bool,
    /// Whether pictures are carried over.
    pub keep_art: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bitrate: None,
            sample_rate: None,
            channels: None,
            bit_depth: None,
            trim_start: None,
            trim_end: None,
            gain: None,
            keep_tags: true,
            keep_art: true,
        }
    }
}

impl Options {
    /// Checks the values as far as they can be without the source.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a value out of range or one that `target` has no use for.
    pub fn validate(&self, target: Target) -> Result<(), Error> {
        let number =
            |name, value: Option<f64>, range: std::ops::RangeInclusive<f64>, reason| match value {
                Some(v) if !range.contains(&v) => Err(invalid(name, v, reason)),
                _ => Ok(()),
            };
        let seconds = 0.0..=1e7;
        let integer = |v: Option<u32>| v.map(f64::from);
        number("bitrate", integer(self.bitrate), 8e3..=1.024e6, "it is 8000 to 1024000 bits/s")?;
        number("sampleRate", integer(self.sample_rate), 4e3..=384e3, "it is 4000 to 384000 Hz")?;
        number("channels", self.channels.map(f64::from), 1.0..=8.0, "it is 1 to 8")?;
        number("trimStart", self.trim_start, seconds.clone(), "it is seconds from the start")?;
        number("trimEnd", self.trim_end, seconds, "it is seconds from the start")?;
        number("gain", self.gain, -120.0..=60.0, "it is -120 to 60 dB")?;
        self.validate_relations(target)
    }

    fn validate_relations(&self, target: Target) -> Result<(), Error> {
        if let Some(end) = self.trim_end
            && end <= self.trim_start.unwrap_or(0.0)
        {
            return Err(invalid("trimEnd", end, "it lies after trimStart"));
        }
        if let (Target::Wav, Some(rate)) = (target, self.bitrate) {
            return Err(invalid("bitrate", rate, "a wav has none; use bitDepth"));
        }
        if let (true, Some(depth)) = (target != Target::Wav, self.bit_depth) {
            return Err(invalid("bitDepth", depth.bits(), "only a wav has one; use bitrate"));
        }
        Ok(())
    }
}

/// An [`Error::InvalidOption`].
pub(crate) fn invalid(
    name: &'static str,
    value: impl std::fmt::Display,
    reason: impl Into<std::borrow::Cow<'static, str>>,
) -> Error {
    Error::InvalidOption { name, value: value.to_string(), reason: reason.into() }
}
