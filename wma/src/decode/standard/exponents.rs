//! Exponents: the curve by which the spectrum is scaled, a value for each coefficient.

use std::f64::consts::PI;

use super::channel::Channel;
use super::{CUT, Parsed};
use crate::Codec;
use crate::bits::BitReader;
use crate::shape::Shape;
use crate::tables::{CODEBOOK, EXPONENT_BIAS, EXPONENT_VLC, INDEX_BITS, ORDER};

/// Exponents are powers of 10 in steps of 1/16, from −60 to 95.
const LEAST: i32 = -60;
const COUNT: usize = 156;

pub(super) struct Exponents {
    powers: Vec<f32>,
    /// `2·cos(π·i/frame_len)`, if the stream has line spectral pairs.
    cosines: Vec<f32>,
}

impl Exponents {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "made for f32"
    )]
    pub(super) fn new(shape: &Shape) -> Self {
        let cosine = |i| (2.0 * (PI / shape.frame_len as f64 * i as f64).cos()) as f32;
        let len = if shape.exponent_vlc { 0 } else { shape.frame_len };
        Self {
            powers: (LEAST..)
                .take(COUNT)
                .map(|exponent| 10_f64.powf(f64::from(exponent) / 16.0) as f32)
                .collect(),
            cosines: (0..len).map(cosine).collect(),
        }
    }

    /// Reads the curve of a channel for a block of the given size.
    pub(super) fn read(
        &self,
        shape: &Shape,
        size: usize,
        reader: &mut BitReader<'_>,
        channel: &mut Channel,
    ) -> Parsed<()> {
        let curve = &mut channel.exponents[..shape.blocks[size].len];
        channel.max_exponent = if shape.exponent_vlc {
            self.read_bands(shape, &shape.blocks[size].bands, reader, curve)?
        } else {
            self.read_pairs(reader, curve)?
        };
        channel.exponent_size = Some(size);
        Ok(())
    }

    /// Reads a value for each band and returns the largest.
    fn read_bands(
        &self,
        shape: &Shape,
        bands: &[usize],
        reader: &mut BitReader<'_>,
        mut curve: &mut [f32],
    ) -> Parsed<f32> {
        let mut exponent = 36;
        let mut largest = 0_f32;
        for (index, &width) in bands.iter().enumerate() {
            if shape.codec == Codec::V1 && index == 0 {
                exponent = reader.read(5).ok_or(CUT)?.cast_signed() + 10;
            } else {
                exponent += i32::from(EXPONENT_VLC.read(reader).ok_or(CUT)?) - EXPONENT_BIAS;
            }
            let power = usize::try_from(exponent - LEAST).ok().and_then(|at| self.powers.get(at));
            let &power = power.ok_or("an exponent out of range")?;
            largest = largest.max(power);
            let (band, rest) = curve.split_at_mut(width);
            band.fill(power);
            curve = rest;
        }
        Ok(largest)
    }

    /// Reads line spectral pairs and returns the largest value of their curve.
    fn read_pairs(&self, reader: &mut BitReader<'_>, curve: &mut [f32]) -> Parsed<f32> {
        let mut pairs = [0.0; ORDER];
        for ((pair, bits), row) in pairs.iter_mut().zip(INDEX_BITS).zip(&CODEBOOK) {
            *pair = line(row[reader.read(bits).ok_or(CUT)? as usize]);
        }
        let mut largest = 0_f32;
        // A short block takes the start of a frame's cosines.
        for (value, &w) in curve.iter_mut().zip(&self.cosines) {
            let (mut p, mut q) = (0.5, 0.5);
            for &[even, odd] in pairs.as_chunks::<2>().0 {
                q *= w - even;
                p *= w - odd;
            }
            p *= p * (2.0 - w);
            q *= q * (2.0 + w);
            *value = 1.0 / (p + q).sqrt().sqrt();
            largest = largest.max(*value);
        }
        Ok(largest)
    }
}

/// A line of the codebook as a number.
#[expect(clippy::cast_possible_truncation, reason = "made for f32")]
fn line(units: i32) -> f32 {
    (f64::from(units) * 1e-8) as f32
}
