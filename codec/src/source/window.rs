//! A stretch of the input that slides along, so that small reads ask the system seldom.

use std::io::{Read, Seek};

use super::input::Input;
use crate::Error;

/// Bytes that are read at once, unless more are asked for.
const STRETCH: usize = 64 * 1024;

/// An input that is read forwards in small pieces.
pub(crate) struct Window<'a, R> {
    input: Input<'a, R>,
    /// Position of the first byte that is held.
    start: u64,
    bytes: Vec<u8>,
}

impl<'a, R: Read + Seek> Window<'a, R> {
    pub(crate) fn new(input: Input<'a, R>) -> Self {
        Self { input, start: 0, bytes: Vec::new() }
    }

    /// The number of bytes of the input.
    pub(crate) fn len(&self) -> u64 {
        self.input.len()
    }

    /// The `count` bytes at `position`, or as many as there are before the input's end.
    pub(crate) fn at(&mut self, position: u64, count: usize) -> Result<&[u8], Error> {
        if self.offset(position).is_none_or(|from| from + count > self.bytes.len()) {
            self.bytes.resize(STRETCH.max(count), 0);
            let filled = self.input.read_at(position, &mut self.bytes)?;
            self.bytes.truncate(filled);
            self.start = position;
        }
        let from = self.offset(position).unwrap_or(0);
        let held = self.bytes.get(from..).unwrap_or_default();
        Ok(&held[..count.min(held.len())])
    }

    /// Where `position` is among the bytes that are held, unless it lies before them.
    fn offset(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.start)?).ok()
    }
}
