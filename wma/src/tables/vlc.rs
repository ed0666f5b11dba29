//! Codes of variable length, looked up in two steps.

use crate::bits::BitReader;

/// Bits of the first look-up.
const FIRST: u32 = 9;

/// A complete prefix code, ready for decoding.
#[derive(Debug)]
pub(crate) struct Vlc {
    /// `2^FIRST` entries, then the tables of the longer codes.
    entries: Vec<Entry>,
}

/// Where the bits lead: to a symbol, or to a further table.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The symbol, or the start of the further table.
    value: u16,
    /// Bits of the whole code, or those of the index of the further table and [`FURTHER`].
    bits: u8,
}

const FURTHER: u8 = 0x80;

impl Vlc {
    /// Prepares a code of which each symbol is given by its length in bits and its code.
    ///
    /// The code must be complete, with at most 25 bits a symbol and 2^16 entries in all.
    pub(crate) fn new(codes: &[(u8, u32)]) -> Self {
        let mut entries = vec![Entry::default(); 1 << FIRST];
        for prefix in 0..1 << FIRST {
            let longest = codes
                .iter()
                .filter(|&&(bits, code)| {
                    u32::from(bits) > FIRST && code >> (u32::from(bits) - FIRST) == prefix
                })
                .map(|&(bits, _)| u32::from(bits) - FIRST)
                .max();
            if let Some(index_bits) = longest {
                let start = u16::try_from(entries.len()).unwrap_or(0);
                let bits = u8::try_from(index_bits).unwrap_or(0) | FURTHER;
                entries[prefix as usize] = Entry { value: start, bits };
                entries.resize(entries.len() + (1 << index_bits), Entry::default());
            }
        }
        for (symbol, &(bits, code)) in (0..).zip(codes) {
            let length = u32::from(bits);
            let (start, index, free) = if length <= FIRST {
                (0, code << (FIRST - length), FIRST - length)
            } else {
                let table = entries[(code >> (length - FIRST)) as usize];
                let free = u32::from(table.bits & !FURTHER) + FIRST - length;
                let tail = code & ((1 << (length - FIRST)) - 1);
                (usize::from(table.value), tail << free, free)
            };
            let from = start + index as usize;
            entries[from..from + (1 << free)].fill(Entry { value: symbol, bits });
        }
        Self { entries }
    }

    /// Reads one symbol.
    #[inline]
    pub(crate) fn read(&self, reader: &mut BitReader<'_>) -> Option<u16> {
        let bits = reader.peek(32);
        let mut entry = self.entries[(bits >> (32 - FIRST)) as usize];
        if entry.bits & FURTHER != 0 {
            let index = bits << FIRST >> (32 - u32::from(entry.bits & !FURTHER));
            entry = self.entries[usize::from(entry.value) + index as usize];
        }
        reader.skip(entry.bits.into())?;
        Some(entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{COEF_CODES, EXPONENT_CODES, GAIN_CODES};
    use super::*;
    use crate::bits::BitWriter;

    #[test]
    fn every_symbol_of_every_code_is_read_back() {
        let all = COEF_CODES.iter().map(|code| code.codes).chain([EXPONENT_CODES, GAIN_CODES]);
        for codes in all {
            let vlc = Vlc::new(codes);
            let mut writer = BitWriter::default();
            for &(bits, code) in codes {
                writer.write(code, bits.into());
            }
            let mut reader = BitReader::with_end(writer.bytes(), writer.len());
            for symbol in (0..).take(codes.len()) {
                assert_eq!(vlc.read(&mut reader), Some(symbol));
            }
            assert_eq!(vlc.read(&mut reader), None);
        }
    }
}
