//! Little-endian fields of a byte string, one after the other.

use crate::asf::guid::Guid;

/// What is left of a byte string. Every read says `None` where it is too short.
#[derive(Clone, Debug)]
pub(in crate::asf) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(in crate::asf) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::asf) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in crate::asf) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(in crate::asf) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(in crate::asf) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(in crate::asf) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(in crate::asf) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(in crate::asf) fn guid(&mut self) -> Option<Guid> {
        self.array()
    }

    /// A field whose width is told by a two-bit code (section 5.2.2): absent, 8, 16 or 32 bits.
    pub(in crate::asf) fn coded(&mut self, code: u8) -> Option<u32> {
        match code & 3 {
            0 => Some(0),
            1 => self.u8().map(u32::from),
            2 => self.u16().map(u32::from),
            _ => self.u32(),
        }
    }

    /// A text of `count` bytes in UTF-16LE, up to its first NUL.
    pub(in crate::asf) fn text(&mut self, count: usize) -> Option<String> {
        let units =
            self.take(count)?.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        let text = char::decode_utf16(units.take_while(|unit| *unit != 0));
        Some(text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }

    /// A text in UTF-16LE that ends with a NUL.
    pub(in crate::asf) fn text_to_nul(&mut self) -> Option<String> {
        let length = self.0.chunks_exact(2).position(|unit| unit == [0, 0])?;
        let text = self.text(2 * length)?;
        self.take(2)?;
        Some(text)
    }
}
