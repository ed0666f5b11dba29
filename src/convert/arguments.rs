//! The command line of `soundmill convert`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use codec::{BitDepth, Options, Target};

/// What to convert, into what, and how.
#[derive(Debug, Clone, PartialEq, Args)]
pub(crate) struct Arguments {
    /// File, or folder whose tree is kept
    #[arg(value_name = "IN")]
    pub(super) input: PathBuf,

    /// File whose extension says the format, or folder
    #[arg(value_name = "OUT")]
    pub(super) output: PathBuf,

    /// Format to make: mp3, aac, ogg or wav; by default what the extension of OUT says
    #[arg(long, value_name = "FORMAT")]
    pub(super) to: Option<Target>,

    /// Files converted at a time; by default one for each processor
    #[arg(long)]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Replace files that exist
    #[arg(long)]
    pub(super) overwrite: bool,

    /// Print one JSON object a file: what became of it, with the receipt or the error
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) wishes: Wishes,
}

/// The options of a conversion, named as those of a task; what is not said follows the source.
#[derive(Debug, Clone, PartialEq, Args)]
pub(super) struct Wishes {
    /// Bit rate in bits/s, as 192000 or 192k; lossy formats
    #[arg(long, value_parser = bit_rate)]
    bitrate: Option<u32>,

    /// Sample rate in Hz
    #[arg(long)]
    sample_rate: Option<u32>,

    /// Channels, 1 to 8
    #[arg(long)]
    channels: Option<u16>,

    /// Sample format of a WAV: 16, 24, 32 or float
    #[arg(long, value_parser = bit_depth)]
    bit_depth: Option<BitDepth>,

    /// Start, in seconds of the source
    #[arg(long)]
    trim_start: Option<f64>,

    /// End, in seconds of the source
    #[arg(long)]
    trim_end: Option<f64>,

    /// Change of level in dB
    #[arg(long, allow_negative_numbers = true)]
    gain: Option<f64>,

    /// Leave title, artist and the like out
    #[arg(long)]
    no_tags: bool,

    /// Leave pictures out
    #[arg(long)]
    no_art: bool,
}

impl Wishes {
    /// As the engine takes them.
    pub(super) fn options(&self) -> Options {
        Options {
            bitrate: self.bitrate,
            sample_rate: self.sample_rate,
            channels: self.channels,
            bit_depth: self.bit_depth,
            trim_start: self.trim_start,
            trim_end: self.trim_end,
            gain: self.gain,
            keep_tags: !self.no_tags,
            keep_art: !self.no_art,
        }
    }
}

fn bit_rate(text: &str) -> Result<u32, String> {
    let (number, thousands) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1000),
        None => (text, 1),
    };
    let number = number.parse::<u32>().ok().and_then(|number| number.checked_mul(thousands));
    number.ok_or_else(|| "it is bits/s, as 192000 or 192k".into())
}

fn bit_depth(text: &str) -> Result<BitDepth, String> {
    match text {
        "16" => Ok(BitDepth::Int16),
        "24" => Ok(BitDepth::Int24),
        "32" => Ok(BitDepth::Int32),
        "float" => Ok(BitDepth::Float32),
        _ => Err("it is 16, 24, 32 or float".into()),
    }
}
