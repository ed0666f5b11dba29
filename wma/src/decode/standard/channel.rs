//! What is kept of one channel.

use crate::shape::Shape;

#[derive(Clone)]
pub(super) struct Channel {
    /// Whether the block at hand has coefficients of this channel.
    pub(super) coded: bool,
    /// The exponent curve, as long as the block that it was read in.
    pub(super) exponents: Vec<f32>,
    /// The largest value of the curve.
    pub(super) max_exponent: f32,
    /// The length of the block that the curve was read in, by its index in the shape.
    pub(super) exponent_size: Option<usize>,
    /// How many coefficients are coded.
    pub(super) coef_count: usize,
    /// Which high bands are noise.
    pub(super) noisy: Vec<bool>,
    /// How loud it is there, in dB.
    pub(super) noise_gains: Vec<i32>,
    /// The quantised coefficients.
    pub(super) levels: Vec<f32>,
    /// The spectrum.
    pub(super) spectrum: Vec<f32>,
    /// Two frames: the one at hand, and what reaches into the next.
    pub(super) overlap: Vec<f32>,
}

impl Channel {
    pub(super) fn new(shape: &Shape) -> Self {
        let high_bands = shape.blocks.iter().map(|block| block.high_bands.len()).max().unwrap_or(0);
        Self {
            coded: false,
            exponents: vec![0.0; shape.frame_len],
            max_exponent: 1.0,
            exponent_size: None,
            coef_count: 0,
            noisy: vec![false; high_bands],
            noise_gains: vec![0; high_bands],
            levels: vec![0.0; shape.frame_len],
            spectrum: vec![0.0; shape.frame_len],
            overlap: vec![0.0; 2 * shape.frame_len],
        }
    }

    /// Forgets all that was decoded.
    pub(super) fn reset(&mut self) {
        self.exponent_size = None;
        self.overlap.fill(0.0);
    }

    /// Appends the frame at hand to `plane` and moves on.
    pub(super) fn emit(&mut self, plane: &mut Vec<f32>) {
        let len = self.overlap.len() / 2;
        plane.extend_from_slice(&self.overlap[..len]);
        self.overlap.copy_within(len.., 0);
        self.overlap[len..].fill(0.0);
    }
}
