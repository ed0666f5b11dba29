//! What a container promises about its audio, and how strictly it is held to that.

use super::mpeg::Header;

/// What is known before the first packet.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Name of the container.
    pub(crate) container: &'static str,
    /// The track to read, if the container has several.
    pub(crate) track: Option<u32>,
    /// Frames to skip at the start of what is decoded.
    pub(crate) skip: u64,
    /// Frames that a demuxer of ours skips by itself, to be told.
    pub(crate) delay: Option<u64>,
    /// Frames to give out after that, where the container states them.
    pub(crate) frames: Option<u64>,
    /// A guess at the frames, for progress and bit rate only.
    pub(crate) estimate: Option<u64>,
    /// The bit rate in bits/s that the encoder aimed at, where it is stated.
    pub(crate) bitrate: Option<u64>,
    /// Ticks per second that packets, `skip`, `frames` and `estimate` are counted in; zero for the
    /// sample rate.
    pub(crate) timescale: u64,
    /// What to make of an end before `frames`.
    pub(crate) ending: Ending,
    /// Whether one bad packet is one too many, as in lossless codecs.
    pub(crate) strict: bool,
    /// Whether delay and padding are marked on the packets, so that the decoder cuts them.
    pub(crate) gapless_decoder: bool,
    /// Whether `skip` is the delay that the encoder stated.
    pub(crate) delay_known: bool,
    /// The first frame header of an MPEG audio stream.
    pub(crate) reference: Option<Header>,
    /// Things worth knowing.
    pub(crate) notes: Vec<&'static str>,
}

/// How a stream may end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Anywhere; the container states no length.
    #[default]
    Open,
    /// With the last stated sample.
    Stated,
    /// With the last stated MPEG frame, give or take one, of so many samples.
    Counted(u64),
}

impl Plan {
    /// A plan that promises nothing.
    pub(crate) fn of(container: &'static str) -> Self {
        Self { container, ..Self::default() }
    }

    /// Counts `skip`, `frames` and `estimate` at `rate` Hz.
    pub(crate) fn count_at(&mut self, rate: u32) {
        if self.timescale == 0 || self.timescale == u64::from(rate) {
            return;
        }
        self.skip = self.at_rate(self.skip, rate);
        self.frames = self.frames.map(|frames| self.at_rate(frames, rate));
        self.estimate = self.estimate.map(|frames| self.at_rate(frames, rate));
        if self.ending == Ending::Stated {
            // Ticks coarser than samples can't say where the last sample is.
            self.ending = Ending::Counted(4096);
        }
    }

    /// A number of ticks as frames at `rate` Hz.
    pub(crate) fn at_rate(&self, ticks: u64, rate: u32) -> u64 {
        if self.timescale == 0 {
            return ticks;
        }
        let exact = u128::from(ticks) * u128::from(rate) / u128::from(self.timescale);
        u64::try_from(exact).unwrap_or(u64::MAX)
    }
}
