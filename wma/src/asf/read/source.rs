//! The file under the reader.

use std::io::{self, Read, Seek, SeekFrom};

use crate::asf::Error;

/// A file, its length, and where it is being read.
#[derive(Debug)]
pub(super) struct Source<R> {
    inner: R,
    pub(super) len: u64,
    pub(super) position: u64,
}

impl<R: Read + Seek> Source<R> {
    pub(super) fn new(mut inner: R) -> Result<Self, Error> {
        let len = inner.seek(SeekFrom::End(0)).map_err(Error::Read)?;
        inner.seek(SeekFrom::Start(0)).map_err(Error::Read)?;
        Ok(Self { inner, len, position: 0 })
    }

    pub(super) fn seek(&mut self, position: u64) -> Result<(), Error> {
        if position != self.position {
            self.inner.seek(SeekFrom::Start(position)).map_err(Error::Read)?;
            self.position = position;
        }
        Ok(())
    }

    /// How many bytes follow.
    pub(super) fn left(&self) -> u64 {
        self.len.saturating_sub(self.position)
    }

    /// Fills `buffer` as far as the file goes and returns how far that is.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.inner.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Read(error)),
            }
        }
        self.position += filled as u64;
        Ok(filled)
    }

    pub(super) fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        if self.read(&mut bytes)? < N {
            return Err(Error::Truncated { offset: self.position, part });
        }
        Ok(bytes)
    }

    /// The next `count` bytes; memory is found only for bytes that are there.
    pub(super) fn body(&mut self, count: u64, part: &'static str) -> Result<Vec<u8>, Error> {
        let there = usize::try_from(count.min(self.left())).unwrap_or(usize::MAX);
        let mut bytes = vec![0; there];
        let filled = self.read(&mut bytes)?;
        if (filled as u64) < count {
            return Err(Error::Truncated { offset: self.position, part });
        }
        Ok(bytes)
    }
}
