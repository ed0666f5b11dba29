//! What was converted, told so that it can be checked.

use serde::Serialize;

use crate::Target;

/// One side of a conversion.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamInfo {
    /// Container: `wav`, `mp3`, `adts`, `loas`, `mp4`, `ogg`, `flac`.
    pub container: String,
    /// Codec: `pcm_s16le`, `mp3`, `aac`, `he_aac`, `vorbis`, `opus`, `alac`, `flac` …
    pub codec: String,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Channels.
    pub channels: usize,
    /// Bits per sample of a codec that has them (PCM, FLAC, ALAC).
    pub bit_depth: Option<u32>,
    /// Bit rate in bits/s: the one that the encoder aimed at where a Vorbis source states that,
    /// else the mean.
    pub bitrate: Option<u64>,
    /// Length in frames (samples per channel).
    pub frames: Option<u64>,
    /// Frames that a decoder puts before the audio and a player skips.
    pub delay: Option<u64>,
    /// Frames that a decoder puts after the audio and a player skips.
    pub padding: Option<u64>,
}

impl StreamInfo {
    /// The length in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 frames")]
    pub fn seconds(&self) -> Option<f64> {
        self.frames.map(|n| n as f64 / f64::from(self.sample_rate.max(1)))
    }
}

/// What a probe finds without decoding the whole file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceInfo {
    /// The stream; `frames` as the container states or estimates them.
    #[serde(flatten)]
    pub stream: StreamInfo,
    /// Whether `frames` is stated by the container, so that fewer means a cut-off file.
    pub frames_exact: bool,
}

/// What became of the tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagReport {
    /// Text fields carried over.
    pub fields: usize,
    /// Pictures carried over.
    pub pictures: usize,
    /// What was not carried over, and why, one entry each.
    pub dropped: Vec<String>,
}

/// The record of one conversion.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The format made.
    pub target: Target,
    /// What came in; `frames` as decoded, without delay and padding.
    pub source: StreamInfo,
    /// What went out; `frames` as a decoder that knows the delay gives back.
    pub result: StreamInfo,
    /// Length of the result in seconds.
    pub duration_seconds: f64,
    /// Whether the sample rate was changed.
    pub resampled: bool,
    /// Whether channels were mixed.
    pub mixed: bool,
    /// Whether TPDF dither was added because the bit depth was reduced.
    pub dithered: bool,
    /// Samples that lay beyond full scale and were clipped.
    pub clipped_samples: u64,
    /// Packets of the source that could not be decoded and became silence of the same length.
    pub concealed_packets: u64,
    /// The encoder and its version.
    pub encoder: String,
    /// What became of the tags.
    pub tags: TagReport,
    /// Things worth knowing, one sentence each.
    pub notes: Vec<String>,
}
