//! What a stream's header decides for all of its frames: sizes of blocks, bands, codes in use.
//! Encoder and decoder must agree on every number here.

use std::borrow::Cow;

use crate::tables::{CRITICAL_FREQUENCIES, short_block_bands};
use crate::{Codec, Error, StreamFormat};

/// The highest sample rate of versions 1 and 2, in Hz.
const HIGHEST_RATE: u32 = 50_000;
/// Bits of the length of the shortest block.
const SHORTEST_BITS: u32 = 7;

/// The shape of a stream of version 1 or 2.
#[expect(clippy::struct_excessive_bools, reason = "they are the format's flags")]
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) codec: Codec,
    pub(crate) channels: usize,
    /// Samples in a frame.
    pub(crate) frame_len: usize,
    /// Base 2 logarithm of `frame_len`.
    pub(crate) frame_bits: u32,
    /// Bytes of a packet.
    pub(crate) block_align: usize,
    /// Whether exponents are coded one by one, not as line spectral pairs.
    pub(crate) exponent_vlc: bool,
    /// Whether frames go on from packet to packet.
    pub(crate) reservoir: bool,
    /// Whether a frame may be parted into shorter blocks.
    pub(crate) variable_blocks: bool,
    /// Whether what is not coded is filled with noise.
    pub(crate) noise: bool,
    /// Standard deviation of that noise.
    pub(crate) noise_deviation: f64,
    /// The first coefficient that is coded.
    pub(crate) coefs_start: usize,
    /// Bits of the packet header's offset field are this and three more.
    pub(crate) byte_offset_bits: u32,
    /// The pair of codes of coefficients, 0 to 2.
    pub(crate) code_set: usize,
    /// By the logarithm of `frame_len / block length`.
    pub(crate) blocks: Vec<BlockShape>,
}

/// The shape of the blocks of one length.
#[derive(Clone, Debug)]
pub(crate) struct BlockShape {
    /// Coefficients, and new samples, of a block.
    pub(crate) len: usize,
    /// Widths of the exponent bands, which fill the block.
    pub(crate) bands: Vec<usize>,
    /// The end of the coefficients that are coded.
    pub(crate) coefs_end: usize,
    /// Where the bands start that may be replaced by noise.
    pub(crate) high_start: usize,
    /// Widths of those bands.
    pub(crate) high_bands: Vec<usize>,
}

impl Shape {
    /// Works out the shape of a stream.
    ///
    /// # Errors
    /// `Unsupported` for another codec and for what no encoder makes.
    pub(crate) fn new(format: &StreamFormat) -> Result<Self, Error> {
        let unsupported = |what: String| Err(Error::Unsupported(Cow::Owned(what)));
        let channels = usize::from(format.channels);
        let rate = format.sample_rate;
        if !(1..=2).contains(&channels) {
            return unsupported(format!("Windows Media Audio 1 or 2 of {channels} channels"));
        }
        if !(1..=HIGHEST_RATE).contains(&rate) {
            return unsupported(format!("Windows Media Audio 1 or 2 of {rate} Hz"));
        }
        let flags = flags(format)?;
        let frame_bits = frame_bits(format.codec, rate);
        let frame_len = 1 << frame_bits;
        let density = Density::new(format);
        let byte_offset_bits = density.byte_offset_bits(frame_len);
        if byte_offset_bits > 22 || format.byte_rate == 0 || format.block_align == 0 {
            return unsupported(format!("Windows Media Audio of {} bit/s", format.bit_rate()));
        }
        let variable_blocks = flags & 4 != 0 && !(format.codec == Codec::V2 && flags == 0x0d);
        let sizes = if variable_blocks { block_sizes(format, flags, frame_bits) } else { 1 };
        let noise_from = density.noise_from(format.codec);
        let exponent_vlc = flags & 1 != 0;
        Ok(Self {
            codec: format.codec,
            channels,
            frame_len,
            frame_bits,
            block_align: format.block_align as usize,
            exponent_vlc,
            reservoir: flags & 2 != 0,
            variable_blocks,
            noise: noise_from.is_some(),
            noise_deviation: if exponent_vlc { 0.02 } else { 0.04 },
            coefs_start: if format.codec == Codec::V1 { 3 } else { 0 },
            byte_offset_bits,
            code_set: density.code_set(),
            blocks: (0..sizes)
                .map(|k| BlockShape::new(format, frame_len, k, noise_from.unwrap_or(1.0)))
                .collect(),
        })
    }

    /// Bits of the field that chooses a block's length.
    pub(crate) fn block_size_bits(&self) -> u32 {
        (self.blocks.len() - 1).checked_ilog2().map_or(0, |log| log + 1)
    }
}

impl BlockShape {
    /// The shape of a block of `frame_len >> k`, with noise from this share of the band on.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a length of at most 2048"
    )]
    fn new(format: &StreamFormat, frame_len: usize, k: usize, noise_from: f32) -> Self {
        let len = frame_len >> k;
        let rate = format.sample_rate;
        let bands = match (format.codec, short_block_bands(rate, len)) {
            (Codec::V1, _) => critical_bands(len, rate, 1),
            (_, Some(bands)) if k > 0 => bands.iter().map(|&width| width.into()).collect(),
            _ => critical_bands(len, rate, 4),
        };
        let coefs_end = (frame_len - frame_len * 9 / 100) >> k;
        let high_frequency = rate as f32 * 0.5 * noise_from;
        let high_start = ((2 * len) as f32 * high_frequency / rate as f32 + 0.5) as usize;
        let mut position = 0;
        let mut high_bands = Vec::new();
        for width in &bands {
            let start = high_start.max(position);
            position += width;
            let end = coefs_end.min(position);
            if end > start {
                high_bands.push(end - start);
            }
        }
        Self { len, bands, coefs_end, high_start, high_bands }
    }
}

/// Widths of the critical bands in coefficients, rounded to multiples of `step`, the last one to
/// the end of the block.
fn critical_bands(len: usize, rate: u32, step: usize) -> Vec<usize> {
    let rate = rate as usize;
    let edge = |hertz: u32| (len * 2 * hertz as usize + step * rate / 2) / (step * rate) * step;
    let mut bands = Vec::new();
    let mut last = 0;
    for hertz in CRITICAL_FREQUENCIES {
        let end = edge(hertz).min(len);
        if end > last || step == 1 {
            bands.push(end - last);
        }
        if end == len {
            break;
        }
        last = end;
    }
    bands
}

/// The flags of the format's extra bytes: 1 for exponents one by one, 2 for the reservoir, 4 for
/// blocks of several lengths, 8 and 16 for how many lengths.
fn flags(format: &StreamFormat) -> Result<u16, Error> {
    let at = match format.codec {
        Codec::V1 => 2,
        Codec::V2 => 4,
        other => {
            return Err(Error::Unsupported(Cow::Owned(format!("{other:?} as version 1 or 2"))));
        }
    };
    Ok(match format.extra.get(at..at + 2) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    })
}

/// Base 2 logarithm of a frame's length in samples.
fn frame_bits(codec: Codec, rate: u32) -> u32 {
    match rate {
        0..=16_000 => 9,
        16_001..=22_050 => 10,
        22_051..=32_000 if codec == Codec::V1 => 10,
        _ => 11,
    }
}

/// How many lengths of blocks there are.
fn block_sizes(format: &StreamFormat, flags: u16, frame_bits: u32) -> usize {
    let rich = format.bit_rate() / u64::from(format.channels) >= 32_000;
    let steps = u32::from(flags >> 3 & 3) + if rich { 3 } else { 1 };
    steps.min(frame_bits - SHORTEST_BITS) as usize + 1
}

/// Bits per sample, by which much is chosen. Kept as `f32`: the limits are that narrow.
struct Density {
    rate: u32,
    mono: f32,
    /// Of stereo, weighted for what its channels share.
    weighted: f32,
}

impl Density {
    #[expect(clippy::cast_precision_loss, reason = "the format's own arithmetic")]
    fn new(format: &StreamFormat) -> Self {
        let samples = u64::from(format.channels) * u64::from(format.sample_rate);
        let mono = format.bit_rate() as f32 / samples as f32;
        let weighted = if format.channels == 2 { mono * 1.6 } else { mono };
        Self { rate: format.sample_rate, mono, weighted }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a float beyond the integer saturates and is refused"
    )]
    fn byte_offset_bits(&self, frame_len: usize) -> u32 {
        let bytes = (self.mono * frame_len as f32 / 8.0 + 0.5) as u32;
        bytes.checked_ilog2().unwrap_or(0) + 2
    }

    /// The share of the spectrum from which noise may replace bands; `None` without noise.
    fn noise_from(&self, codec: Codec) -> Option<f32> {
        let rate = match self.rate {
            rate if codec == Codec::V1 => rate,
            44_100.. => 44_100,
            22_050.. => 22_050,
            16_000.. => 16_000,
            11_025.. => 11_025,
            8_000.. => 8_000,
            rate => rate,
        };
        match rate {
            44_100 if self.weighted >= 0.61 => None,
            44_100 => Some(0.4),
            22_050 if self.weighted >= 1.16 => None,
            22_050 => Some(if self.weighted >= 0.72 { 0.7 } else { 0.6 }),
            16_000 => Some(if self.mono > 0.5 { 0.5 } else { 0.3 }),
            11_025 => Some(0.7),
            8_000 if self.mono <= 0.625 => Some(0.5),
            8_000 if self.mono > 0.75 => None,
            8_000 => Some(0.65),
            _ if self.mono >= 0.8 => Some(0.75),
            _ => Some(if self.mono >= 0.6 { 0.6 } else { 0.5 }),
        }
    }

    fn code_set(&self) -> usize {
        match self.rate {
            32_000.. if self.weighted < 0.72 => 0,
            32_000.. if self.weighted < 1.16 => 1,
            _ => 2,
        }
    }
}

/// Bits of the level in an escape, by the block's total gain in dB.
pub(crate) fn escape_bits(total_gain: u32) -> u32 {
    match total_gain {
        ..15 => 13,
        15..32 => 12,
        32..40 => 11,
        40..45 => 10,
        45.. => 9,
    }
}
