//! Packets of one length, across which frames flow.

use crate::bits::{BitReader, BitWriter};
use crate::shape::Shape;

/// Bits of the packet's number and of its number of frames.
const COUNT_BITS: u32 = 4;
/// The most frames that may end in a packet.
pub(super) const MOST_FRAMES: usize = 14;

/// Packs frames into packets.
pub(super) struct Packer {
    /// Length of a packet in bytes.
    len: usize,
    /// Bits of the field that says how much of a frame goes on from the packet before.
    carry_bits: u32,
    writer: BitWriter,
    number: u32,
    /// Bits of the packet's own, and how many of them continue a frame.
    body: BitWriter,
    carried: usize,
    /// Frames that end in the packet.
    frames: usize,
    /// Whether a frame has started in the packet.
    started: bool,
    /// Whether the packet before ended with its last byte filled by whole frames.
    clean: bool,
}

impl Packer {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            len: shape.block_align,
            carry_bits: shape.byte_offset_bits + 3,
            writer: BitWriter::default(),
            number: 0,
            body: BitWriter::default(),
            carried: 0,
            frames: 0,
            started: false,
            clean: true,
        }
    }

    /// Bits for frames in a packet.
    pub(super) fn capacity(&self) -> usize {
        8 * self.len - (2 * COUNT_BITS + self.carry_bits) as usize
    }

    /// Whether the next frame is the first that starts in its packet, so that it states all of
    /// its block sizes.
    pub(super) fn starts_packet(&self) -> bool {
        !self.started
    }

    /// The most bits that the next frame may have: what is left, and what may be carried over.
    pub(super) fn room(&self) -> usize {
        // A packet that were nothing but a carried frame could not tell where the next one starts.
        let carry = ((1 << self.carry_bits) - 1).min(self.capacity() - 1);
        self.capacity() - self.body.len() + carry
    }

    /// Bits that are left in the packet, but for one.
    pub(super) fn rest(&self) -> usize {
        (self.capacity() - self.body.len()).saturating_sub(1)
    }

    /// Adds a frame, and gives the packet if that fills it, and the number of frames that end in
    /// it.
    pub(super) fn push(&mut self, frame: &BitWriter) -> Option<(&[u8], usize)> {
        let fits = self.capacity() - self.body.len();
        self.started = true;
        if frame.len() < fits {
            copy(frame, 0, frame.len(), &mut self.body);
            self.frames += 1;
            return None;
        }
        let rest = frame.len() - fits;
        copy(frame, 0, fits, &mut self.body);
        let ended = self.frames + usize::from(rest == 0);
        self.assemble(ended);
        self.clean = rest == 0;
        self.carried = rest;
        copy(frame, fits, rest, &mut self.body);
        self.frames = usize::from(rest > 0);
        Some((self.writer.bytes(), ended))
    }

    /// Gives the packet that is being filled, if anything is in it.
    pub(super) fn finish(&mut self) -> Option<&[u8]> {
        if self.body.len() == 0 {
            return None;
        }
        self.assemble(self.frames);
        Some(self.writer.bytes())
    }

    fn assemble(&mut self, ended: usize) {
        self.writer.clear();
        self.writer.write(self.number, COUNT_BITS);
        // Where nothing was carried over, the frame that goes on in the next packet counts too.
        let count = ended + usize::from(self.clean);
        self.writer.write(u32::try_from(count).unwrap_or(15), COUNT_BITS);
        self.writer.write(u32::try_from(self.carried).unwrap_or(0), self.carry_bits);
        copy(&self.body, 0, self.body.len(), &mut self.writer);
        while self.writer.len() < 8 * self.len {
            let left = (8 * self.len - self.writer.len()).min(32);
            self.writer.write(0, u32::try_from(left).unwrap_or(1));
        }
        self.number = (self.number + 1) % 16;
        self.body.clear();
        self.started = false;
    }
}

/// Appends `count` bits of `from`, which start at `at`.
fn copy(from: &BitWriter, at: usize, count: usize, to: &mut BitWriter) {
    let mut reader = BitReader::with_end(from.bytes(), at + count);
    let _ = reader.skip(at);
    let mut left = count;
    while left > 0 {
        let part = u32::try_from(left.min(32)).unwrap_or(32);
        to.write(reader.read(part).unwrap_or(0), part);
        left -= part as usize;
    }
}
