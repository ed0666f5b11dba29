//! From samples to packets.

use super::block::{Block, Lane};
use super::levels::LevelCode;
use super::masking::Masking;
use super::packet::{MOST_FRAMES, Packer};
use super::partition::{Detector, Partition};
use super::rate::Rate;
use super::spectrum::Spectra;
use super::stereo::Stereo;
use super::tuning::Tuning;
use crate::bits::BitWriter;
use crate::shape::Shape;
use crate::{Codec, Error, StreamFormat};

/// Full scale in the units that the format counts in.
const FULL_SCALE: f32 = 32_768.0;
/// Frames that decoders leave out at the start.
const LEFT_OUT: u64 = 2;
/// Frames of a packet on average.
const FRAMES_PER_PACKET: u64 = 4;

/// The shortest packet in bytes that some sound can be in.
const SHORTEST_PACKET: usize = 64;
/// Quantizations that are tried for a frame that has too many bits, and for one that has too few.
const MOST_TRIES: usize = 60;
const FEW_TRIES: usize = 8;
/// Noise in dB, against what is hidden, below which more bits are of no use.
const FINEST: f32 = -40.0;

/// What to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderConfig {
    /// Samples per second: 8000 to 48,000.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u16,
    /// Bits per second, all channels together.
    pub bit_rate: u32,
}

/// A packet of the stream.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its bytes, as many as the format's `block_align`.
    pub data: &'a [u8],
    /// The first sample that ends in it, counted with the two frames that decoders leave out.
    pub sample: u64,
}

/// Encodes Windows Media Audio 2.
pub struct Encoder {
    format: StreamFormat,
    shape: Shape,
    tuning: Tuning,
    /// Samples from half a frame before the frame to be coded to its end and one frame more.
    planes: Vec<Vec<f32>>,
    /// Samples in `planes`.
    filled: usize,
    taken: u64,
    detector: Detector,
    partition: Partition,
    next: Partition,
    last_size: u8,
    spectra: Spectra,
    masking: Vec<Masking>,
    stereo: Stereo,
    blocks: Vec<Block>,
    used_blocks: usize,
    codes: [LevelCode; 2],
    frame: BitWriter,
    packer: Packer,
    rate: Rate,
    /// Frames coded, and frames in the packets that were given out.
    frames: u64,
    given: u64,
}

impl Encoder {
    /// Prepares for a stream.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a shape that the format does not have.
    pub fn new(config: &EncoderConfig) -> Result<Self, Error> {
        let format = stream_format(config);
        let shape = Shape::new(&format)?;
        if shape.block_align < SHORTEST_PACKET {
            return Err(Error::Unsupported(format!("{} bits/s", config.bit_rate).into()));
        }
        let samples = config.sample_rate as f32 * f32::from(config.channels);
        let tuning = Tuning::new(config.bit_rate as f32 / samples);
        let packer = Packer::new(&shape);
        let bands = shape.blocks.iter().map(|block| block.bands.len()).max().unwrap_or(0);
        let lane = || Lane::new(shape.frame_len, bands);
        let block = || Block::new((0..shape.channels).map(|_| lane()).collect());
        let frames = shape.frame_len as f32;
        let share = packer.capacity() as f32 / (8 * shape.block_align) as f32;
        let mean = format.byte_rate as f32 * 8.0 * frames / config.sample_rate as f32 * share;
        let most_blocks = shape.frame_len / shape.blocks.last().map_or(1, |block| block.len);
        let filled = shape.frame_len * 2;
        Ok(Self {
            planes: vec![vec![0.0; shape.frame_len * 5 / 2]; shape.channels],
            filled,
            taken: 0,
            detector: Detector::new(shape.frame_len, shape.blocks.len(), shape.channels),
            partition: Partition { sizes: vec![0] },
            next: Partition::default(),
            last_size: 0,
            spectra: Spectra::new(&shape),
            masking: shape
                .blocks
                .iter()
                .map(|block| Masking::new(block, config.sample_rate, &tuning))
                .collect(),
            stereo: Stereo::default(),
            blocks: (0..most_blocks).map(|_| block()).collect(),
            used_blocks: 0,
            codes: [0, 1].map(|side| LevelCode::new(2 * shape.code_set + side, shape.frame_bits)),
            frame: BitWriter::default(),
            rate: Rate::new(mean, config.sample_rate as f32 / frames, &tuning),
            packer,
            frames: 0,
            given: 0,
            format,
            shape,
            tuning,
        })
    }

    /// The stream's format, for its container.
    #[must_use]
    pub fn format(&self) -> &StreamFormat {
        &self.format
    }

    /// Samples that decoders leave out at the start.
    #[must_use]
    pub fn delay(&self) -> u64 {
        LEFT_OUT * self.shape.frame_len as u64
    }

    /// Takes samples, full scale at ±1, as many of each channel, and gives packets to `take`.
    ///
    /// # Errors
    /// What `take` fails with.
    pub fn encode<E>(
        &mut self,
        planes: &[&[f32]],
        take: &mut impl FnMut(Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let count = planes.first().map_or(0, |plane| plane.len());
        self.taken += count as u64;
        let mut from = 0;
        while from < count {
            let room = self.planes[0].len() - self.filled;
            let part = room.min(count - from);
            for (own, plane) in self.planes.iter_mut().zip(planes) {
                let own = &mut own[self.filled..self.filled + part];
                for (own, sample) in own.iter_mut().zip(&plane[from..from + part]) {
                    *own = FULL_SCALE * sample.clamp(-1.0, 1.0);
                }
            }
            self.filled += part;
            from += part;
            if part == room {
                self.code_frame(take)?;
            }
        }
        Ok(())
    }

    /// Codes what is left. The stream then has all samples that were taken, and silence; returns
    /// how many samples decoders give out in all, those of the two frames left out included.
    ///
    /// # Errors
    /// What `take` fails with.
    pub fn finish<E>(
        mut self,
        take: &mut impl FnMut(Packet<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let frames = self.taken.div_ceil(self.shape.frame_len as u64) + LEFT_OUT;
        while self.frames < frames {
            let filled = self.filled;
            self.planes.iter_mut().for_each(|plane| plane[filled..].fill(0.0));
            self.code_frame(take)?;
        }
        let frame_len = self.shape.frame_len as u64;
        if let Some(data) = self.packer.finish() {
            take(Packet { data, sample: self.given * frame_len })?;
        }
        Ok(self.frames * frame_len)
    }

    fn code_frame<E>(
        &mut self,
        take: &mut impl FnMut(Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.analyse();
        let stuffing = self.allocate();
        self.write(stuffing);
        self.rate.spend(self.frame.len(), &self.tuning);
        self.frames += 1;
        let frame_len = self.shape.frame_len as u64;
        if let Some((data, frames)) = self.packer.push(&self.frame) {
            take(Packet { data, sample: self.given * frame_len })?;
            self.given += frames as u64;
        }
        self.advance();
        Ok(())
    }

    /// Quantizes the frame's blocks so that they take the bits that are due, and returns how many
    /// bits have to be stuffed.
    fn allocate(&mut self) -> usize {
        let fields = self.size_field_bits();
        // The frames that decoders leave out stay in the first packet.
        let room = if self.frames <= LEFT_OUT { self.packer.rest() } else { self.packer.room() };
        let most = self.rate.most().min(room as f32);
        let least = self.packer.capacity() / MOST_FRAMES + 1;
        let mut offset = self.rate.offset(&self.tuning);
        let mut bits = fields + self.quantize(offset);
        for _ in 0..MOST_TRIES {
            if bits as f32 <= most {
                break;
            }
            offset += 1.0_f32.max((bits as f32 - most) / most * 8.0);
            bits = fields + self.quantize(offset);
        }
        let wanted = self.rate.least().min(most * 0.95);
        for _ in 0..FEW_TRIES {
            if bits as f32 >= wanted || offset < FINEST {
                break;
            }
            let last = offset;
            offset -= 1.0_f32.max((wanted - bits as f32) / wanted * 8.0);
            bits = fields + self.quantize(offset);
            if bits as f32 > most {
                bits = fields + self.quantize(last);
                break;
            }
        }
        if bits > room {
            self.blocks[..self.used_blocks].iter_mut().for_each(Block::mute);
            bits = fields + self.used_blocks * (self.shape.channels * 2 - 1);
        }
        least.saturating_sub(bits)
    }

    /// Transforms the frame's blocks and decides all but their gain.
    fn analyse(&mut self) {
        let len = self.shape.frame_len;
        let owned: [&[f32]; 2] = [
            &self.planes[0][len + len / 2..],
            &self.planes[self.shape.channels - 1][len + len / 2..],
        ];
        self.detector.part(&owned[..self.shape.channels], &self.tuning, &mut self.next);
        let after = self.next.sizes.first().copied().unwrap_or(0);
        let mut at = len / 2;
        let sizes = &self.partition.sizes;
        self.used_blocks = sizes.len();
        for (nth, &size) in sizes.iter().enumerate() {
            let before = if nth == 0 { self.last_size } else { sizes[nth - 1] };
            let after = sizes.get(nth + 1).copied().unwrap_or(after);
            let shape = &self.shape.blocks[usize::from(size)];
            let block = &mut self.blocks[nth];
            block.size = size;
            block.mid_side = false;
            for (lane, plane) in block.lanes.iter_mut().zip(&self.planes) {
                let coefs = &mut lane.coefs[..shape.len];
                self.spectra.transform(plane, at, [before, size, after], coefs);
                self.masking[usize::from(size)].thresholds(coefs, &mut lane.thresholds);
            }
            self.stereo.choose(block, shape, &self.tuning);
            block.shape_noise(shape);
            at += shape.len;
        }
    }

    fn quantize(&mut self, offset: f32) -> usize {
        let mut bits = 0;
        for block in &mut self.blocks[..self.used_blocks] {
            let shape = &self.shape.blocks[usize::from(block.size)];
            let kind = (block.size == 0, self.shape.noise);
            bits += block.quantize(offset, shape, kind, &self.codes, &self.tuning);
        }
        bits
    }

    fn size_field_bits(&self) -> usize {
        if !self.shape.variable_blocks {
            return 0;
        }
        let first = if self.packer.starts_packet() { 2 } else { 0 };
        (self.used_blocks + first) * self.shape.block_size_bits() as usize
    }

    fn write(&mut self, stuffing: usize) {
        self.frame.clear();
        let field = self.shape.block_size_bits();
        let after = self.next.sizes.first().copied().unwrap_or(0);
        for nth in 0..self.used_blocks {
            let block = &self.blocks[nth];
            if self.shape.variable_blocks {
                if nth == 0 && self.packer.starts_packet() {
                    self.frame.write(self.last_size.into(), field);
                    self.frame.write(block.size.into(), field);
                }
                let next = self.partition.sizes.get(nth + 1).copied().unwrap_or(after);
                self.frame.write(next.into(), field);
            }
            let stuffing = if nth + 1 == self.used_blocks { stuffing } else { 0 };
            block.write(block.size == 0, &self.codes, stuffing, &mut self.frame);
        }
    }

    /// Moves on by a frame.
    fn advance(&mut self) {
        self.last_size = self.partition.sizes.last().copied().unwrap_or(0);
        std::mem::swap(&mut self.partition, &mut self.next);
        let len = self.shape.frame_len;
        for plane in &mut self.planes {
            plane.copy_within(len.., 0);
        }
        self.filled = self.planes[0].len() - len;
    }
}

/// The format of a stream with packets of a few frames.
fn stream_format(config: &EncoderConfig) -> StreamFormat {
    let frame_len: u64 = match config.sample_rate {
        ..=16_000 => 512,
        ..=22_050 => 1024,
        _ => 2048,
    };
    let byte_rate = config.bit_rate / 8;
    let bytes = FRAMES_PER_PACKET * frame_len * u64::from(byte_rate);
    let block_align = bytes.div_ceil(u64::from(config.sample_rate)).min(u16::MAX.into());
    StreamFormat {
        codec: Codec::V2,
        channels: config.channels,
        sample_rate: config.sample_rate,
        byte_rate,
        block_align: u32::try_from(block_align).unwrap_or(u32::from(u16::MAX)),
        bits_per_sample: 16,
        extra: vec![0, 0, 0, 0, 0x1f, 0, 0, 0, 0, 0],
    }
}
