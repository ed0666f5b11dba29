//! The input as the demuxers see it: bounded, watched, and honest about whose fault a failure is.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use symphonia::core::io::MediaSource;

use crate::{Control, Error};

/// What must be known about reads that happen deep inside a demuxer.
pub(crate) struct Watch<'a> {
    control: &'a dyn Control,
    failure: Mutex<Option<io::Error>>,
    position: AtomicU64,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(control: &'a dyn Control) -> Self {
        Self { control, failure: Mutex::new(None), position: AtomicU64::new(0) }
    }

    /// Fails if the caller stopped the conversion or the operating system failed to read.
    ///
    /// To be asked whenever a demuxer reports an error, before that error is believed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.control.cancelled() {
            return Err(Error::Cancelled);
        }
        let failure = self.failure.lock().map_or(None, |mut slot| slot.take());
        failure.map_or(Ok(()), |error| Err(Error::Read(error)))
    }

    /// How far the input was read, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Relaxed)
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let copy = io::Error::new(error.kind(), error.to_string());
            if let Ok(mut slot) = self.failure.lock() {
                slot.get_or_insert(error);
            }
            copy
        })
    }
}

/// The first `len` bytes of a file.
pub(crate) struct Input<'a, R> {
    inner: &'a mut R,
    watch: &'a Watch<'a>,
    len: u64,
    position: u64,
}

impl<'a, R: Read + Seek> Input<'a, R> {
    /// Starts at the beginning of `inner`, whose length it finds out.
    pub(crate) fn new(inner: &'a mut R, watch: &'a Watch<'a>) -> Result<Self, Error> {
        let len = inner.seek(SeekFrom::End(0)).map_err(Error::Read)?;
        inner.seek(SeekFrom::Start(0)).map_err(Error::Read)?;
        Ok(Self { inner, watch, len, position: 0 })
    }

    /// The number of bytes that can be read.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Lets the file end earlier, so that what follows is not taken for audio.
    pub(crate) fn truncate(&mut self, len: u64) {
        self.len = self.len.min(len);
    }

    /// Reads as much of `buffer` as there is at `position`.
    pub(crate) fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        self.seek(SeekFrom::Start(position)).map_err(|e| self.fault(e))?;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]).map_err(|e| self.fault(e))? {
                0 => break,
                n => filled += n,
            }
        }
        Ok(filled)
    }

    /// Reads `N` bytes at `position`, or `None` if the file ends before.
    pub(crate) fn array_at<const N: usize>(
        &mut self,
        position: u64,
    ) -> Result<Option<[u8; N]>, Error> {
        let mut bytes = [0; N];
        Ok((self.read_at(position, &mut bytes)? == N).then_some(bytes))
    }

    fn fault(&self, error: io::Error) -> Error {
        self.watch.check().err().unwrap_or(Error::Read(error))
    }
}

impl<R: Read> Read for Input<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.control.cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let left = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = loop {
            match self.inner.read(&mut buffer[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break self.watch.note(other)?,
            }
        };
        self.position += read as u64;
        self.watch.position.fetch_max(self.position, Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Input<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        // A demuxer led astray by a damaged file is no fault of the operating system.
        let Some(target) = target.filter(|&t| i64::try_from(t).is_ok()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "seek out of range"));
        };
        self.position = self.watch.note(self.inner.seek(SeekFrom::Start(target)))?;
        Ok(self.position)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Input<'_, R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}
