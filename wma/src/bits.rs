//! Bits in the order of the stream: the most significant of each byte first.

/// Reads bits from a slice. Reading beyond the end is told by `None` and moves nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
    end: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, end: bytes.len() * 8 }
    }

    /// Reads `bytes` up to bit `end` only.
    pub(crate) fn with_end(bytes: &'a [u8], end: usize) -> Self {
        Self { bytes, position: 0, end: end.min(bytes.len() * 8) }
    }

    /// Bits read so far.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Bits left to read.
    pub(crate) fn left(&self) -> usize {
        self.end - self.position
    }

    /// The next `count` bits, at most 32, without moving; zeros follow the end.
    #[inline]
    pub(crate) fn peek(&self, count: u32) -> u32 {
        debug_assert!(count <= 32);
        let window = self.window();
        // Two shifts, so that none is of 64 bits.
        u32::try_from(window >> 32 >> (32 - count)).unwrap_or(0)
    }

    /// The bits from here on, at least 57 of them, from the top of the word.
    #[inline]
    fn window(&self) -> u64 {
        let at = self.position / 8;
        let rest = self.bytes.get(at..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(&chunk) => u64::from_be_bytes(chunk),
            None => last_word(rest),
        };
        word << (self.position % 8)
    }

    /// Moves over `count` bits.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        if count > self.left() {
            return None;
        }
        self.position += count;
        Some(())
    }

    /// Reads `count` bits, at most 32.
    #[inline]
    pub(crate) fn read(&mut self, count: u32) -> Option<u32> {
        let value = self.peek(count);
        self.skip(count as usize)?;
        Some(value)
    }

    /// Reads one bit.
    #[inline]
    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }

    /// Moves to the next whole byte.
    pub(crate) fn align(&mut self) {
        self.position = self.position.next_multiple_of(8).min(self.end);
    }
}

#[cold]
fn last_word(rest: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    u64::from_be_bytes(word)
}

/// Writes bits into memory that is reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits written so far.
    length: usize,
}

impl BitWriter {
    /// Appends the low `count` bits of `value`, at most 32.
    pub(crate) fn write(&mut self, value: u32, count: u32) {
        debug_assert!(count <= 32 && u64::from(value) < 1 << count);
        self.bytes.resize((self.length + count as usize).div_ceil(8), 0);
        let mut left = count;
        while left > 0 {
            let free = 8 - u32::try_from(self.length % 8).unwrap_or(0);
            let taken = free.min(left);
            left -= taken;
            let part = value >> left & ((1 << taken) - 1);
            self.bytes[self.length / 8] |= (part << (free - taken)).to_be_bytes()[3];
            self.length += taken as usize;
        }
    }

    /// Moves `count` bits from `reader`, or as many as it has.
    pub(crate) fn append(&mut self, reader: &mut BitReader<'_>, count: usize) {
        let mut left = count.min(reader.left());
        while left > 0 {
            let step = left.min(32);
            let bits = u32::try_from(step).unwrap_or(0);
            self.write(reader.read(bits).unwrap_or(0), bits);
            left -= step;
        }
    }

    /// Fills the last byte with zeros.
    pub(crate) fn align(&mut self) {
        self.length = self.length.next_multiple_of(8);
    }

    /// Bits written so far.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// What was written; the last byte is filled with zeros.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was written and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let fields: Vec<(u32, u32)> = (0..2000_u32)
            .map(|i| {
                let count = i * 7 % 33;
                let value = u64::from(i.wrapping_mul(2_654_435_761)) & ((1 << count) - 1);
                (u32::try_from(value).unwrap(), count)
            })
            .collect();
        let mut writer = BitWriter::default();
        for &(value, count) in &fields {
            writer.write(value, count);
        }
        let mut reader = BitReader::new(writer.bytes());
        for &(value, count) in &fields {
            assert_eq!(reader.peek(count), value);
            assert_eq!(reader.read(count), Some(value));
        }
        assert_eq!(reader.position(), writer.len());
        assert!(reader.left() < 8);
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let mut reader = BitReader::with_end(&[0xff, 0xff], 11);
        assert_eq!(reader.read(10), Some(0x3ff));
        assert_eq!(reader.read(2), None);
        assert_eq!((reader.left(), reader.read(1), reader.read(1)), (1, Some(1), None));
        reader.align();
        assert_eq!(reader.position(), 11);
    }
}
