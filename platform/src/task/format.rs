//! The formats that a task can ask for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A format that a file can be converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Format {
    /// MPEG-1/2 Audio Layer III.
    Mp3,
    /// AAC-LC in ADTS.
    Aac,
    /// Vorbis in Ogg.
    Ogg,
    /// PCM in RIFF/WAVE.
    Wav,
    /// Windows Media Audio in ASF.
    Wma,
}

/// The text names none of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("newFormat value is not an allowed format")]
pub struct UnknownFormat;

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Mp3, Self::Aac, Self::Ogg, Self::Wav, Self::Wma];

    /// Its name in the contract, which is also the extension of its files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::Wav => "wav",
            Self::Wma => "wma",
        }
    }

    /// Media type of its files.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::Wav => "audio/wav",
            Self::Wma => "audio/x-ms-wma",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Takes the names in any case, and `acc`, which older clients send for AAC.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let name = text.trim().to_ascii_lowercase();
        let name = if name == "acc" { "aac" } else { &name };
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_in_any_case_with_the_old_spelling_of_aac() {
        assert_eq!("MP3".parse(), Ok(Format::Mp3));
        assert_eq!("acc".parse(), Ok(Format::Aac));
        assert_eq!("AcC".parse(), Ok(Format::Aac));
        assert_eq!(" ogg ".parse(), Ok(Format::Ogg));
        assert_eq!("flac".parse::<Format>(), Err(UnknownFormat));
        assert_eq!("".parse::<Format>(), Err(UnknownFormat));
    }
}
