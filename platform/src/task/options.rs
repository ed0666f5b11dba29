//! How a task wants its conversion done, beyond the target format.

use serde::{Deserialize, Serialize};

/// Conversion options as stored and as sent by clients. `None` follows the source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConversionOptions {
    /// Target bit rate in bits/s, for the lossy formats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u32>,
    /// Target sample rate in Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// Target number of channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// Bits per sample of a WAV result: 16, 24 or 32 (float).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<u16>,
    /// Seconds to leave out at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim_start: Option<f64>,
    /// Seconds to leave out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim_end: Option<f64>,
    /// Change of level in dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<f64>,
    /// Whether title, artist and the like are carried over; they are unless told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_tags: Option<bool>,
    /// Whether the cover is carried over; it is unless told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_art: Option<bool>,
}
