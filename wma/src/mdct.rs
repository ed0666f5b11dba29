//! The modified discrete cosine transform, by a complex FFT of half its size.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// A transform between `2·len` samples and `len` coefficients:
/// `X[k] = Σ x[n]·cos(π/len·(n + ½ + len/2)·(k + ½))`.
///
/// Neither direction scales or windows: overlapped windowed blocks that went forward and back
/// add up to `len/2` times the input.
pub(crate) struct Mdct {
    len: usize,
    fft: Arc<dyn Fft<f32>>,
    /// `exp(−iπ(8n + 1)/(8·len))`.
    twiddles: Vec<Complex32>,
    work: Vec<Complex32>,
    scratch: Vec<Complex32>,
    folded: Vec<f32>,
}

impl Mdct {
    /// Plans for `len` coefficients, an even number.
    pub(crate) fn new(len: usize) -> Self {
        let fft = FftPlanner::new().plan_fft_forward(len / 2);
        Self {
            len,
            twiddles: (0..len / 2).map(|n| twiddle(n, len)).collect(),
            work: vec![Complex32::default(); len / 2],
            scratch: vec![Complex32::default(); fft.get_inplace_scratch_len()],
            folded: vec![0.0; len],
            fft,
        }
    }

    /// The number of coefficients.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Transforms `2·len` windowed samples into `len` coefficients.
    pub(crate) fn forward(&mut self, samples: &[f32], coefs: &mut [f32]) {
        let half = self.len / 2;
        let (first, second) = samples.split_at(self.len);
        let mut folded = std::mem::take(&mut self.folded);
        for n in 0..half {
            folded[n] = -second[half - 1 - n] - second[half + n];
            folded[half + n] = first[n] - first[self.len - 1 - n];
        }
        self.dct4(&folded, coefs);
        self.folded = folded;
    }

    /// Transforms `len` coefficients into `2·len` samples, time aliasing and all.
    pub(crate) fn inverse(&mut self, coefs: &[f32], samples: &mut [f32]) {
        let half = self.len / 2;
        let mut folded = std::mem::take(&mut self.folded);
        self.dct4(coefs, &mut folded);
        let (head, tail) = folded.split_at(half);
        let (first, second) = samples.split_at_mut(self.len);
        first[..half].copy_from_slice(tail);
        mirror(&mut first[half..], tail);
        mirror(&mut second[..half], head);
        for (sample, &value) in second[half..].iter_mut().zip(head) {
            *sample = -value;
        }
        self.folded = folded;
    }

    /// The transform `C[k] = Σ v[n]·cos(π/len·(n + ½)·(k + ½))`, which is its own inverse but for
    /// the factor `len/2`.
    pub(crate) fn dct4(&mut self, input: &[f32], output: &mut [f32]) {
        let len = self.len;
        for (n, (z, twiddle)) in self.work.iter_mut().zip(&self.twiddles).enumerate() {
            *z = Complex32::new(input[2 * n], input[len - 1 - 2 * n]) * twiddle;
        }
        self.fft.process_with_scratch(&mut self.work, &mut self.scratch);
        for (k, (z, twiddle)) in self.work.iter().zip(&self.twiddles).enumerate() {
            let value = z * twiddle;
            output[2 * k] = value.re;
            output[len - 1 - 2 * k] = -value.im;
        }
    }
}

/// Writes `values` backwards and negated.
fn mirror(samples: &mut [f32], values: &[f32]) {
    for (sample, &value) in samples.iter_mut().zip(values.iter().rev()) {
        *sample = -value;
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "made for f32")]
fn twiddle(n: usize, len: usize) -> Complex32 {
    let angle = -PI * (8 * n + 1) as f64 / (8 * len) as f64;
    Complex32::new(angle.cos() as f32, angle.sin() as f32)
}

/// The rising half of the sine window: `sin(π/(2·len)·(n + ½))`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "made for f32")]
pub(crate) fn sine_window(len: usize) -> Vec<f32> {
    (0..len).map(|n| (PI / (2 * len) as f64 * (n as f64 + 0.5)).sin() as f32).collect()
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "lengths of a few hundred")]
mod tests {
    use super::*;

    fn kernel(len: usize, n: usize, k: usize) -> f64 {
        (PI / len as f64 * (n as f64 + 0.5 + len as f64 / 2.0) * (k as f64 + 0.5)).cos()
    }

    fn signal(len: usize) -> Vec<f32> {
        (0..len).map(|n| ((n * n * 7 + n * 3) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn both_directions_agree_with_their_definition() {
        for len in [4, 64, 128, 512] {
            let mut mdct = Mdct::new(len);
            let samples = signal(2 * len);
            let mut coefs = vec![0.0; len];
            mdct.forward(&samples, &mut coefs);
            let mut aliased = vec![0.0; 2 * len];
            mdct.inverse(&coefs, &mut aliased);
            for (k, &coef) in coefs.iter().enumerate() {
                let terms = samples.iter().enumerate();
                let exact: f64 = terms.map(|(n, &x)| f64::from(x) * kernel(len, n, k)).sum();
                assert!((exact - f64::from(coef)).abs() < 1e-3, "{len} {k}");
            }
            for (n, &sample) in aliased.iter().enumerate() {
                let terms = coefs.iter().enumerate();
                let exact: f64 = terms.map(|(k, &x)| f64::from(x) * kernel(len, n, k)).sum();
                assert!((exact - f64::from(sample)).abs() < 1e-4 * len as f64, "{len} {n}");
            }
        }
    }

    #[test]
    fn overlapping_windowed_blocks_give_the_input_back() {
        let len = 256;
        let mut mdct = Mdct::new(len);
        assert_eq!(mdct.len(), len);
        let window = sine_window(len);
        let weight = |n: usize| if n < len { window[n] } else { window[2 * len - 1 - n] };
        let samples = signal(8 * len);
        let mut output = vec![0.0; 8 * len];
        let (mut coefs, mut block) = (vec![0.0; len], vec![0.0; 2 * len]);
        for start in (0..7 * len).step_by(len) {
            let windowed: Vec<f32> = (0..2 * len).map(|n| samples[start + n] * weight(n)).collect();
            mdct.forward(&windowed, &mut coefs);
            mdct.inverse(&coefs, &mut block);
            for n in 0..2 * len {
                output[start + n] += block[n] * weight(n) / (len / 2) as f32;
            }
        }
        for n in len..7 * len {
            assert!((output[n] - samples[n]).abs() < 1e-5);
        }
    }
}
