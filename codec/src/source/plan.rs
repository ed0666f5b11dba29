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
    /// Frames to give out after that, where the container states them.
    pub(crate) frames: Option<u64>,
    /// A guess at the frames, for progress and bit rate only.
    pub(crate) estimate: Option<u64>,
    /// The bit rate in bits/s that the encoder aimed at, where it is stated.
    pub(crate) bitrate: Option<u64>,
    /// Ticks per second that `skip` and `frames` are counted in; zero for the sample rate.
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

    /// Counts `skip` and `frames` at `rate` Hz.
    pub(crate) fn count_at(&mut self, rate: u32) {
        let scale = |ticks: u64, scale: u64| {
            let exact = u128::from(ticks) * u128::from(rate) / u128::from(scale);
            u64::try_from(exact).unwrap_or(u64::MAX)
        };
        if self.timescale != 0 && self.timescale != u64::from(rate) {
            self.skip = scale(self.skip, self.timescale);
            self.frames = self.frames.map(|frames| scale(frames, self.timescale));
            // Ticks coarser than samples can't say where the last sample is.
            self.ending = Ending::Counted(4096);
        }
    }
}
