//! The syntax of a block: lengths, gain, high bands, exponents, coefficients.

use super::channel::Channel;
use super::exponents::Exponents;
use super::spectrum::Dequantiser;
use super::synthesis::Synthesis;
use super::{CUT, Parsed, coefs};
use crate::Codec;
use crate::bits::BitReader;
use crate::decode::Audio;
use crate::shape::{BlockShape, Shape, escape_bits};
use crate::tables::{GAIN_BIAS, GAIN_VLC};

/// No sample can need more than this, in dB.
const MOST_GAIN: u32 = 1000;

/// Everything that goes on from block to block.
pub(super) struct Blocks {
    channels: Vec<Channel>,
    exponents: Exponents,
    dequantiser: Dequantiser,
    synthesis: Synthesis,
    lengths: Lengths,
}

/// Lengths of the block before, of this one and of the next, by their index in the shape.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    pub(super) previous: usize,
    pub(super) current: usize,
    pub(super) next: usize,
    /// Whether they go on from the block before.
    known: bool,
}

impl Blocks {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            channels: vec![Channel::new(shape); shape.channels],
            exponents: Exponents::new(shape),
            dequantiser: Dequantiser::new(shape),
            synthesis: Synthesis::new(shape),
            lengths: Lengths::default(),
        }
    }

    /// Forgets all that was decoded.
    pub(super) fn reset(&mut self) {
        self.channels.iter_mut().for_each(Channel::reset);
        self.dequantiser.reset();
        self.lengths = Lengths::default();
    }

    /// The next block states the lengths of its neighbours anew.
    pub(super) fn restart_lengths(&mut self) {
        self.lengths.known = false;
    }

    /// Gives out a frame, be it finished or not.
    pub(super) fn emit(&mut self, audio: &mut Audio) {
        for (channel, plane) in self.channels.iter_mut().zip(&mut audio.planes) {
            channel.emit(plane);
        }
    }

    pub(super) fn decode_frame(&mut self, shape: &Shape, reader: &mut BitReader<'_>) -> Parsed<()> {
        let mut position = 0;
        while position < shape.frame_len {
            position += self.decode_block(shape, reader, position)?;
        }
        Ok(())
    }

    /// Decodes the block at `position` of the frame and returns its length.
    fn decode_block(
        &mut self,
        shape: &Shape,
        reader: &mut BitReader<'_>,
        position: usize,
    ) -> Parsed<usize> {
        self.lengths.read(shape, reader)?;
        let size = self.lengths.current;
        let block = &shape.blocks[size];
        if position + block.len > shape.frame_len {
            return Err("a block beyond the end of its frame");
        }
        let joint = shape.channels == 2 && reader.flag().ok_or(CUT)?;
        for channel in &mut self.channels {
            channel.coded = reader.flag().ok_or(CUT)?;
        }
        if self.channels.iter().any(|channel| channel.coded) {
            self.read_spectrum(shape, reader, joint)?;
            self.decouple(joint, block.len);
        }
        self.synthesis.run(&mut self.channels, self.lengths, joint, position);
        Ok(block.len)
    }

    fn read_spectrum(
        &mut self,
        shape: &Shape,
        reader: &mut BitReader<'_>,
        joint: bool,
    ) -> Parsed<()> {
        let size = self.lengths.current;
        let block = &shape.blocks[size];
        let gain = read_gain(reader)?;
        for channel in self.channels.iter_mut().filter(|channel| channel.coded) {
            channel.coef_count = block.coefs_end - shape.coefs_start;
        }
        if shape.noise {
            self.read_high_bands(block, reader)?;
        }
        // A short block may use the exponents that are there.
        if size == 0 || reader.flag().ok_or(CUT)? {
            for channel in self.channels.iter_mut().filter(|channel| channel.coded) {
                self.exponents.read(shape, size, reader, channel)?;
            }
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            if channel.coded {
                if channel.exponent_size.is_none() {
                    return Err("a block without exponents");
                }
                let code = 2 * shape.code_set + usize::from(joint && index == 1);
                let levels = &mut channel.levels[..block.len];
                coefs::read(reader, code, levels, channel.coef_count, Widths::new(shape, gain))?;
            }
            if shape.codec == Codec::V1 && shape.channels == 2 {
                reader.align();
            }
        }
        for channel in self.channels.iter_mut().filter(|channel| channel.coded) {
            self.dequantiser.run(shape, size, gain, channel);
        }
        Ok(())
    }

    /// Reads which high bands are noise, and how loud it is in them.
    fn read_high_bands(&mut self, block: &BlockShape, reader: &mut BitReader<'_>) -> Parsed<()> {
        for channel in self.channels.iter_mut().filter(|channel| channel.coded) {
            for (noisy, width) in channel.noisy.iter_mut().zip(&block.high_bands) {
                *noisy = reader.flag().ok_or(CUT)?;
                channel.coef_count -= if *noisy { *width } else { 0 };
            }
        }
        for channel in self.channels.iter_mut().filter(|channel| channel.coded) {
            let mut last = None;
            for band in (0..block.high_bands.len()).filter(|&band| channel.noisy[band]) {
                let gain = match last {
                    None => reader.read(7).ok_or(CUT)?.cast_signed() - 19,
                    Some(gain) => gain + i32::from(GAIN_VLC.read(reader).ok_or(CUT)?) - GAIN_BIAS,
                };
                channel.noise_gains[band] = gain;
                last = Some(gain);
            }
        }
        Ok(())
    }

    /// Turns sum and difference into left and right.
    fn decouple(&mut self, joint: bool, len: usize) {
        let [sum, difference] = &mut self.channels[..] else { return };
        if !joint || !difference.coded {
            return;
        }
        if !sum.coded {
            sum.spectrum[..len].fill(0.0);
            sum.coded = true;
        }
        for (a, b) in sum.spectrum[..len].iter_mut().zip(&mut difference.spectrum[..len]) {
            (*a, *b) = (*a + *b, *a - *b);
        }
    }
}

/// Bits of the fields of an escape.
#[derive(Clone, Copy)]
pub(super) struct Widths {
    pub(super) level: u32,
    pub(super) run: u32,
}

impl Widths {
    fn new(shape: &Shape, gain: u32) -> Self {
        // The run is as wide in short blocks.
        Self { level: escape_bits(gain), run: shape.frame_bits }
    }
}

impl Lengths {
    fn read(&mut self, shape: &Shape, reader: &mut BitReader<'_>) -> Parsed<()> {
        if !shape.variable_blocks {
            return Ok(());
        }
        let bits = shape.block_size_bits();
        let mut size = || {
            let size = reader.read(bits).ok_or(CUT)? as usize;
            if size < shape.blocks.len() { Ok(size) } else { Err("an unknown block length") }
        };
        if !self.known {
            self.current = size()?;
            self.next = size()?;
            self.known = true;
        }
        self.previous = self.current;
        self.current = self.next;
        self.next = size()?;
        Ok(())
    }
}

/// Reads the total gain of a block in dB.
fn read_gain(reader: &mut BitReader<'_>) -> Parsed<u32> {
    let mut gain = 1;
    loop {
        let step = reader.read(7).ok_or(CUT)?;
        gain += step;
        if gain > MOST_GAIN {
            return Err("a gain out of range");
        }
        if step != 127 {
            return Ok(gain);
        }
    }
}
