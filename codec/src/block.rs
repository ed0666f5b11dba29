//! A stretch of audio on its way through the conversion.

/// Frames of planar audio: `planes[channel][frame]`, full scale at ±1. Blocks are reused, so
/// that their memory is found once and kept.
///
/// Where 32-bit integers must arrive unchanged, `exact` holds them instead and `planes` is empty:
/// an `f32` has 24 bits only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// Samples as `f32`.
    pub(crate) planes: Vec<Vec<f32>>,
    /// Samples as full-range 32-bit integers.
    pub(crate) exact: Vec<Vec<i32>>,
}

impl Block {
    /// A block of no frames with room for `channels` channels.
    pub(crate) fn new(channels: usize) -> Self {
        Self { planes: vec![Vec::new(); channels], exact: Vec::new() }
    }

    /// The number of frames.
    pub(crate) fn frames(&self) -> usize {
        let exact = self.exact.first().map(Vec::len);
        exact.or_else(|| self.planes.first().map(Vec::len)).unwrap_or(0)
    }

    /// Empties the block and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.planes.iter_mut().for_each(Vec::clear);
        self.exact.iter_mut().for_each(Vec::clear);
    }

    /// Becomes `frames` frames of silence.
    pub(crate) fn silence(&mut self, frames: usize) {
        self.clear();
        self.planes.iter_mut().for_each(|plane| plane.resize(frames, 0.0));
        self.exact.iter_mut().for_each(|plane| plane.resize(frames, 0));
    }

    /// Keeps the frames `start..end` only.
    pub(crate) fn keep(&mut self, start: usize, end: usize) {
        fn cut<T>(plane: &mut Vec<T>, start: usize, end: usize) {
            plane.truncate(end);
            plane.drain(..start.min(plane.len()));
        }
        self.planes.iter_mut().for_each(|plane| cut(plane, start, end));
        self.exact.iter_mut().for_each(|plane| cut(plane, start, end));
    }

    /// Replaces what is not a number by silence; an infinite sample becomes full scale.
    pub(crate) fn scrub(&mut self) {
        for sample in self.planes.iter_mut().flatten() {
            if !sample.is_finite() {
                *sample = if sample.is_nan() { 0.0 } else { sample.signum() };
            }
        }
    }

    /// Clamps to full scale and returns how many samples lay beyond it.
    pub(crate) fn clamp(&mut self) -> u64 {
        let mut clipped = 0;
        for sample in self.planes.iter_mut().flatten() {
            clipped += u64::from(sample.abs() > 1.0);
            *sample = sample.clamp(-1.0, 1.0);
        }
        clipped
    }
}
