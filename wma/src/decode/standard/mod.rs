//! Versions 1 and 2: packets, and the frames in them.
//!
//! A packet is `block_align` bytes. With the bit reservoir it starts with a header of the number
//! of frames that start in it and of where the first of them starts; what is before that belongs
//! to the frame that the packet before left open.

mod block;
mod channel;
mod coefs;
mod exponents;
mod spectrum;
mod synthesis;

use block::Blocks;

use super::Audio;
use crate::bits::{BitReader, BitWriter};
use crate::shape::Shape;
use crate::{Error, StreamFormat};

/// The most bits that a frame may have gathered over packets.
const MOST_CARRIED: usize = 8 * 32_768;

/// What is wrong; the place is added where it is known.
type Parsed<T> = Result<T, &'static str>;

/// The end came too early.
const CUT: &str = "the packet ends within a frame";

pub(super) struct Decoder {
    shape: Shape,
    blocks: Blocks,
    /// The start of the frame that the next packet completes.
    carry: BitWriter,
    /// Whether that frame was lost.
    carry_lost: bool,
}

impl Decoder {
    pub(super) fn new(format: &StreamFormat) -> Result<Self, Error> {
        let shape = Shape::new(format)?;
        let blocks = Blocks::new(&shape);
        Ok(Self { shape, blocks, carry: BitWriter::default(), carry_lost: false })
    }

    /// One frame is the overlap of blocks; one more is what encoders put in front.
    pub(super) fn delay(&self) -> u64 {
        2 * self.shape.frame_len as u64
    }

    pub(super) fn decode(&mut self, packet: &[u8], audio: &mut Audio) -> Result<(), Error> {
        let packets = packet.chunks_exact(self.shape.block_align);
        let whole = packets.remainder().is_empty() && packets.len() > 0;
        let mut result = Ok(());
        for packet in packets {
            result = result.and(self.packet(packet, audio));
        }
        if !whole {
            let bit = 8 * packet.len() as u64;
            result = result.and(Err(Error::Corrupt { what: "a packet of odd length", bit }));
        }
        result
    }

    pub(super) fn flush(&mut self, audio: &mut Audio) {
        self.blocks.emit(audio);
        self.blocks.reset();
        self.carry.clear();
        self.carry_lost = false;
    }

    fn packet(&mut self, packet: &[u8], audio: &mut Audio) -> Result<(), Error> {
        let mut reader = BitReader::new(packet);
        if !self.shape.reservoir {
            return self.frame(&mut reader, audio);
        }
        let mut due = 0;
        let result = self.superframe(reader, packet, &mut due, audio);
        if result.is_err() {
            self.carry.clear();
            self.carry_lost = true;
            self.blocks.restart_lengths();
            (0..due).for_each(|_| self.blocks.emit(audio));
        }
        result
    }

    /// Decodes a packet of a stream with a reservoir; `due` counts the frames still to come of it.
    fn superframe(
        &mut self,
        mut reader: BitReader<'_>,
        packet: &[u8],
        due: &mut u32,
        audio: &mut Audio,
    ) -> Result<(), Error> {
        let header = reader.read(8).ok_or(cut(&reader))?;
        let pending = self.carry.len() > 0;
        let Some(frames) = (header & 15).checked_sub(u32::from(!pending)) else {
            return Err(corrupt("a packet without a frame", &reader));
        };
        if frames == 0 {
            return self.keep(reader);
        }
        *due = frames;
        if std::mem::take(&mut self.carry_lost) && !pending {
            self.blocks.emit(audio);
        }
        let offset = reader.read(self.shape.byte_offset_bits + 3).ok_or(cut(&reader))? as usize;
        if offset > reader.left() {
            return Err(corrupt("a frame that starts beyond its packet", &reader));
        }
        let start = reader.position() + offset;
        if pending {
            self.complete(reader, offset, audio).inspect(|()| *due -= 1)?;
        }
        let mut reader = BitReader::new(packet);
        reader.skip(start).ok_or(cut(&reader))?;
        self.blocks.restart_lengths();
        while *due > 0 {
            *due -= 1;
            self.frame(&mut reader, audio)?;
        }
        self.carry.clear();
        self.keep(reader)
    }

    /// Decodes the frame that the packet before left open.
    fn complete(
        &mut self,
        mut reader: BitReader<'_>,
        bits: usize,
        audio: &mut Audio,
    ) -> Result<(), Error> {
        if self.carry.len() + bits > MOST_CARRIED {
            return Err(corrupt("a frame that is too long", &reader));
        }
        self.carry.append(&mut reader, bits);
        let carry = std::mem::take(&mut self.carry);
        let mut whole = BitReader::with_end(carry.bytes(), carry.len());
        let result = self.frame(&mut whole, audio);
        self.carry = carry;
        self.carry.clear();
        result
    }

    /// Keeps the rest of the packet for the next one.
    fn keep(&mut self, mut reader: BitReader<'_>) -> Result<(), Error> {
        if self.carry.len() + reader.left() > MOST_CARRIED {
            return Err(corrupt("a frame that is too long", &reader));
        }
        let left = reader.left();
        self.carry.append(&mut reader, left);
        Ok(())
    }

    /// Decodes a frame; a broken one gives the end of the frame before it, and silence.
    fn frame(&mut self, reader: &mut BitReader<'_>, audio: &mut Audio) -> Result<(), Error> {
        let result = self.blocks.decode_frame(&self.shape, reader);
        self.blocks.emit(audio);
        result.map_err(|what| corrupt(what, reader))
    }
}

fn corrupt(what: &'static str, reader: &BitReader<'_>) -> Error {
    Error::Corrupt { what, bit: reader.position() as u64 }
}

fn cut(reader: &BitReader<'_>) -> Error {
    corrupt(CUT, reader)
}
