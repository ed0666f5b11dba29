//! Windows and transforms of blocks of every length.

use crate::mdct::{Mdct, sine_window};
use crate::shape::Shape;

/// The transforms of a stream.
pub(super) struct Spectra {
    /// By the logarithm of the frame's length divided by the block's.
    transforms: Vec<Mdct>,
    windows: Vec<Vec<f32>>,
    windowed: Vec<f32>,
}

impl Spectra {
    pub(super) fn new(shape: &Shape) -> Self {
        let lens = || shape.blocks.iter().map(|block| block.len);
        Self {
            transforms: lens().map(Mdct::new).collect(),
            windows: lens().map(sine_window).collect(),
            windowed: vec![0.0; 2 * shape.frame_len],
        }
    }

    /// The coefficients of a block of size `size` whose neighbours have the sizes `before` and
    /// `after`. Its first own sample is at `at` of `samples`.
    pub(super) fn transform(
        &mut self,
        samples: &[f32],
        at: usize,
        [before, size, after]: [u8; 3],
        coefs: &mut [f32],
    ) {
        let transform = &mut self.transforms[usize::from(size)];
        let len = transform.len();
        let source = &samples[at - len / 2..at + len + len / 2];
        let windowed = &mut self.windowed[..2 * len];
        let (left, right) = windowed.split_at_mut(len);
        let (source_left, source_right) = source.split_at(len);
        let rising = &self.windows[usize::from(size.max(before))];
        slope(left, source_left, rising.iter());
        let falling = &self.windows[usize::from(size.max(after))];
        // The right half is the left half backwards.
        let flat = (len - falling.len()) / 2;
        right[..flat].copy_from_slice(&source_right[..flat]);
        for ((out, x), w) in
            right[flat..].iter_mut().zip(&source_right[flat..]).zip(falling.iter().rev())
        {
            *out = x * w;
        }
        right[flat + falling.len()..].fill(0.0);
        transform.forward(windowed, coefs);
    }
}

/// Zeros, then the window's slope in the middle, then the samples as they are.
fn slope<'a>(out: &mut [f32], source: &[f32], window: impl ExactSizeIterator<Item = &'a f32>) {
    let flat = (out.len() - window.len()) / 2;
    let end = flat + window.len();
    out[..flat].fill(0.0);
    for ((out, x), w) in out[flat..end].iter_mut().zip(&source[flat..end]).zip(window) {
        *out = x * w;
    }
    out[end..].copy_from_slice(&source[end..]);
}
