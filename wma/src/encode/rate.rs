//! The rate loop: how much noise a frame gets, so that the stream keeps its bit rate.

use super::tuning::Tuning;

/// Holds the stream to its bit rate over a second or so.
pub(super) struct Rate {
    /// Bits that a frame has on average.
    mean: f32,
    /// Bits saved, negative if they are owed, and the most either way.
    saved: f32,
    size: f32,
    /// Noise above the thresholds in dB.
    offset: f32,
}

impl Rate {
    pub(super) fn new(mean: f32, frames_per_second: f32, tuning: &Tuning) -> Self {
        let size = mean * frames_per_second * tuning.reservoir * 0.5;
        Self { mean, saved: 0.0, size, offset: tuning.start }
    }

    /// Noise above the thresholds for the next frame, in dB.
    pub(super) fn offset(&self, tuning: &Tuning) -> f32 {
        self.offset - tuning.control_fast * self.saved / self.size
    }

    /// The most bits that the next frame may have.
    pub(super) fn most(&self) -> f32 {
        self.mean + (self.saved + self.size).max(0.0)
    }

    /// The least.
    pub(super) fn least(&self) -> f32 {
        self.mean + self.saved - self.size
    }

    pub(super) fn spend(&mut self, bits: usize, tuning: &Tuning) {
        let bits = bits as f32;
        self.saved = (self.saved + self.mean - bits).min(self.size);
        let error = (bits / self.mean - 1.0).clamp(-1.0, 1.0);
        self.offset += tuning.control_slow * error;
    }
}
