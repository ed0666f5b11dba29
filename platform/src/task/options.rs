//! How a task wants its conversion done, beyond the target format.

use serde::{Deserialize, Serialize};

use super::BitDepth;

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
    /// Sample format of a WAV result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<BitDepth>,
    /// Where in the source the result starts, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim_start: Option<f64>,
    /// Where in the source the result ends, in seconds from the source's start.
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
