//! Bounds on what a foreign file may ask for.

use crate::Error;

/// What an input may be at most; a file beyond it fails with its own error code.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Longest audio, in seconds.
    pub max_seconds: f64,
    /// Most channels of the input.
    pub max_channels: usize,
    /// Lowest sample rate of the input, in Hz.
    pub min_sample_rate: u32,
    /// Highest sample rate of the input, in Hz.
    pub max_sample_rate: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_seconds: 24.0 * 3600.0,
            max_channels: 8,
            min_sample_rate: 4_000,
            max_sample_rate: 384_000,
        }
    }
}

impl Limits {
    /// Checks the shape of a source: its rate in Hz and its number of channels.
    pub(crate) fn check_shape(&self, rate: u32, channels: usize) -> Result<(), Error> {
        if channels == 0 || channels > self.max_channels {
            return Err(Error::TooManyChannels { found: channels, most: self.max_channels });
        }
        if !(self.min_sample_rate..=self.max_sample_rate).contains(&rate) {
            return Err(Error::UnsupportedSampleRate {
                found: rate,
                least: self.min_sample_rate,
                most: self.max_sample_rate,
            });
        }
        Ok(())
    }

    /// Checks a length in frames at `rate` Hz.
    pub(crate) fn check_frames(&self, frames: u64, rate: u32) -> Result<(), Error> {
        if frames > self.max_frames(rate) {
            return Err(Error::TooLong { most_seconds: self.max_seconds });
        }
        Ok(())
    }

    /// The longest audio in frames at `rate` Hz.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and a negative limit means zero"
    )]
    fn max_frames(&self, rate: u32) -> u64 {
        (self.max_seconds * f64::from(rate)).ceil() as u64
    }
}
