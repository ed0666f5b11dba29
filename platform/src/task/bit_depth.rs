//! The sample format of a WAV result.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bits per sample of a WAV result. Clients write `16`, `24`, `32` or `float`; JSON takes numbers
/// too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Written")]
pub enum BitDepth {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers.
    Int24,
    /// 32-bit integers.
    Int32,
    /// 32-bit IEEE floating point.
    Float,
}

/// The text names no sample format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bitDepth is 16, 24, 32 or float")]
pub struct UnknownBitDepth;

/// The two ways in which JSON may say it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl BitDepth {
    /// Every sample format.
    pub const ALL: [Self; 4] = [Self::Int16, Self::Int24, Self::Int32, Self::Float];

    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int16 => "16",
            Self::Int24 => "24",
            Self::Int32 => "32",
            Self::Float => "float",
        }
    }
}

impl FromStr for BitDepth {
    type Err = UnknownBitDepth;

    fn from_str(text: &str) -> Result<Self, UnknownBitDepth> {
        Self::ALL.into_iter().find(|depth| depth.name() == text.trim()).ok_or(UnknownBitDepth)
    }
}

impl TryFrom<Written> for BitDepth {
    type Error = UnknownBitDepth;

    fn try_from(written: Written) -> Result<Self, UnknownBitDepth> {
        match written {
            Written::Number(number) => number.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<BitDepth> for String {
    fn from(depth: BitDepth) -> Self {
        depth.name().to_owned()
    }
}

impl fmt::Display for BitDepth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
