//! From levels to the spectrum: exponents, gain, and the noise that fills what is not coded.

use super::channel::Channel;
use crate::Codec;
use crate::shape::{BlockShape, Shape};
use crate::tables::{NOISE_LEN, noise};

pub(super) struct Dequantiser {
    noise: Vec<f32>,
    /// The next value of the noise; it runs on through all blocks and channels.
    next_noise: usize,
    /// Mean power of the exponents in each high band that is noise.
    powers: Vec<f32>,
}

/// The curve of a channel as a block of another length sees it.
#[derive(Clone, Copy)]
struct Curve<'a> {
    values: &'a [f32],
    /// Index in the shape of the block's length, and of the length that the curve was read in.
    size: usize,
    read_size: usize,
}

impl Curve<'_> {
    /// Where coefficient `i` falls on the curve.
    fn place(self, i: usize) -> usize {
        i << self.size >> self.read_size
    }

    fn at(self, start: usize, i: usize) -> f32 {
        self.values[start + self.place(i)]
    }
}

impl Dequantiser {
    pub(super) fn new(shape: &Shape) -> Self {
        let most = shape.blocks.iter().map(|block| block.high_bands.len()).max();
        let len = if shape.noise { NOISE_LEN } else { 0 };
        Self {
            noise: noise(shape.noise_deviation).into_iter().take(len).collect(),
            next_noise: 0,
            powers: vec![0.0; most.unwrap_or(0)],
        }
    }

    pub(super) fn reset(&mut self) {
        self.next_noise = 0;
    }

    /// Makes the spectrum of a channel that is coded in this block.
    pub(super) fn run(&mut self, shape: &Shape, size: usize, gain: u32, channel: &mut Channel) {
        let Some(read_size) = channel.exponent_size else { return };
        let block = &shape.blocks[size];
        let norm = norm(shape.codec, block.len);
        let scale = decibels(gain.cast_signed()) / channel.max_exponent * norm;
        let curve = Curve { values: &channel.exponents, size, read_size };
        let spectrum = &mut channel.spectrum[..block.len];
        if shape.noise {
            let bands = HighBands {
                noisy: &channel.noisy,
                gains: &channel.noise_gains,
                unit: norm / (channel.max_exponent * narrow(shape.noise_deviation)),
            };
            self.fill(shape.coefs_start, block, curve, scale, &channel.levels, &bands, spectrum);
        } else {
            let (start, end) = (shape.coefs_start, block.coefs_end);
            spectrum[..start].fill(0.0);
            spectrum[end..].fill(0.0);
            scale_levels(&mut spectrum[start..end], &channel.levels, curve, scale);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn fill(
        &mut self,
        coefs_start: usize,
        block: &BlockShape,
        curve: Curve<'_>,
        scale: f32,
        mut levels: &[f32],
        bands: &HighBands<'_>,
        spectrum: &mut [f32],
    ) {
        let (head, mut rest) = spectrum.split_at_mut(coefs_start);
        for (i, value) in head.iter_mut().enumerate() {
            *value = self.draw() * curve.at(0, i) * scale;
        }
        let loudest = self.measure(block, curve, bands);
        let mut start = curve.place(coefs_start);
        let low = block.high_start.saturating_sub(coefs_start);
        let high = block.high_bands.iter().copied().enumerate();
        let regions = high.map(|(band, width)| (Some(band), width));
        for (band, width) in std::iter::once((None, low)).chain(regions) {
            let (region, after) = rest.split_at_mut(width);
            if let Some(band) = band.filter(|&band| bands.noisy[band]) {
                let power = (self.powers[band] / loudest).sqrt();
                let scale = power * decibels(bands.gains[band]) * bands.unit;
                for (i, value) in region.iter_mut().enumerate() {
                    *value = self.draw() * curve.at(start, i) * scale;
                }
            } else {
                for (i, (value, &level)) in region.iter_mut().zip(levels).enumerate() {
                    *value = (level + self.draw()) * curve.at(start, i) * scale;
                }
                levels = &levels[width..];
            }
            start += curve.place(width);
            rest = after;
        }
        let last = start.saturating_sub(curve.place(1).max(1));
        let scale = scale * curve.values[last];
        rest.iter_mut().for_each(|value| *value = self.draw() * scale);
    }

    /// Measures the exponents of the noisy bands and returns the power of the last of them.
    #[expect(clippy::cast_precision_loss, reason = "widths of at most 2048")]
    fn measure(&mut self, block: &BlockShape, curve: Curve<'_>, bands: &HighBands<'_>) -> f32 {
        let mut start = curve.place(block.high_start);
        let mut last = 1.0;
        for (band, &width) in block.high_bands.iter().enumerate() {
            if bands.noisy[band] {
                let sum: f32 = (0..width).map(|i| curve.at(start, i).powi(2)).sum();
                last = sum / width as f32;
                self.powers[band] = last;
            }
            start += curve.place(width);
        }
        last
    }

    fn draw(&mut self) -> f32 {
        let value = self.noise[self.next_noise];
        self.next_noise = (self.next_noise + 1) % NOISE_LEN;
        value
    }
}

struct HighBands<'a> {
    noisy: &'a [bool],
    gains: &'a [i32],
    /// What a gain of 0 dB is.
    unit: f32,
}

fn scale_levels(spectrum: &mut [f32], levels: &[f32], curve: Curve<'_>, scale: f32) {
    if curve.size == curve.read_size {
        for ((value, level), exponent) in spectrum.iter_mut().zip(levels).zip(curve.values) {
            *value = level * exponent * scale;
        }
    } else {
        for (i, (value, level)) in spectrum.iter_mut().zip(levels).enumerate() {
            *value = level * curve.at(0, i) * scale;
        }
    }
}

/// What the transform's length asks for.
#[expect(clippy::cast_precision_loss, reason = "lengths of at most 2048")]
fn norm(codec: Codec, len: usize) -> f32 {
    let half = (len / 2) as f32;
    if codec == Codec::V1 { half.sqrt() / half } else { 1.0 / half }
}

fn decibels(value: i32) -> f32 {
    narrow(10_f64.powf(f64::from(value) * 0.05))
}

#[expect(clippy::cast_possible_truncation, reason = "made for f32; infinity is scrubbed later")]
fn narrow(value: f64) -> f32 {
    value as f32
}
