//! AAC in ADTS frames (ISO/IEC 14496-3, 1.A.2.2).

use std::io::{Read, Seek};

use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::aac;
use super::decoder::Coding;
use super::reader::{Demuxer, Next};
use super::window::Window;
use crate::Error;

/// How many frames in a row make a stream, unless the file ends before.
const CHAIN: usize = 3;
/// The longest header: with a checksum.
const HEADER: usize = 9;
/// Frames that are looked at to estimate how many there are, at the start and in the middle.
const SAMPLE: u64 = 128;
/// Samples of one raw data block, per channel, at the core's rate.
const BLOCK: u64 = 1024;

/// The length in bytes of the ADTS frame at the start of `bytes`, header included.
pub(crate) fn frame_length(bytes: &[u8]) -> Option<usize> {
    let &[b0, b1, b2, b3, b4, b5, ..] = bytes else { return None };
    let sync = b0 == 0xff && b1 & 0xf6 == 0xf0;
    let rate_known = b2 >> 2 & 15 < 13;
    let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    let header = if b1 & 1 == 0 { 9 } else { 7 };
    (sync && rate_known && length > header).then_some(length)
}

/// Finds the first frame of a stream in `head`; `whole` says that the file ends with it.
pub(crate) fn find(head: &[u8], whole: bool) -> Option<usize> {
    (0..head.len().saturating_sub(6)).find(|&at| head[at] == 0xff && is_stream(&head[at..], whole))
}

fn is_stream(bytes: &[u8], whole: bool) -> bool {
    let mut at = 0;
    for _ in 0..CHAIN {
        let Some(rest) = bytes.get(at..) else { return false };
        match frame_length(rest) {
            Some(length) if rest[1..3] == bytes[1..3] => at += length,
            _ => return whole && at > 0 && (rest.is_empty() || rest.starts_with(b"TAG")),
        }
    }
    true
}

/// A stream of ADTS frames; each packet is a whole frame with its header.
pub(crate) struct Adts<'a, R> {
    window: Window<'a, R>,
    position: u64,
    /// Length of the frame at hand.
    length: usize,
    ticks: u64,
}

impl<'a, R: Read + Seek> Adts<'a, R> {
    /// Starts with the frame at `start`.
    pub(crate) fn new(window: Window<'a, R>, start: u64) -> Self {
        Self { window, position: start, length: 0, ticks: 0 }
    }

    /// The core's sample rate in Hz, and a guess at its samples per channel in the whole stream.
    pub(crate) fn survey(&mut self) -> Result<(u32, u64), Error> {
        let (start, end) = (self.position, self.window.len());
        let header = self.window.at(start, HEADER)?;
        let rate = rusty_aac::parse_adts(header).map_or(0, |header| header.sample_rate);
        let (mut frames, mut bytes) = self.measure(start)?;
        let middle = start + (end - start) / 2;
        if middle > start + bytes
            && let Some(found) = self.search(middle)?
        {
            let (more, longer) = self.measure(found)?;
            (frames, bytes) = (frames + more, bytes + longer);
        }
        let all = u128::from(end - start) * u128::from(frames * BLOCK) / u128::from(bytes.max(1));
        Ok((rate, u64::try_from(all).unwrap_or(u64::MAX)))
    }

    /// Raw data blocks, and the bytes that they take, from `position` on.
    fn measure(&mut self, position: u64) -> Result<(u64, u64), Error> {
        let (mut blocks, mut at) = (0, position);
        while blocks < SAMPLE {
            let head = self.window.at(at, HEADER)?;
            let Some(length) = frame_length(head) else { break };
            blocks += 1 + u64::from(rusty_aac::adts_raw_blocks(head));
            at += length as u64;
        }
        Ok((blocks, at - position))
    }

    /// The next position from `from` on where two frames follow each other, or one ends the file.
    fn search(&mut self, from: u64) -> Result<Option<u64>, Error> {
        let end = self.window.len();
        for position in from..end {
            let Some(length) = frame_length(self.window.at(position, HEADER)?) else { continue };
            let next = position + length as u64;
            if next == end || frame_length(self.window.at(next, HEADER)?).is_some() {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}

impl<R: Read + Seek> Demuxer for Adts<'_, R> {
    fn advance(&mut self) -> Result<Next, Error> {
        self.position += self.length as u64;
        self.length = 0;
        let head = self.window.at(self.position, HEADER)?;
        if head.is_empty() {
            return Ok(Next::End);
        }
        let Some(length) = frame_length(head) else {
            let Some(found) = self.search(self.position)? else { return Ok(Next::End) };
            let what = format!("no AAC frame at byte {}", self.position);
            self.position = found;
            return Ok(Next::Damage(Error::corrupt(what)));
        };
        self.ticks = BLOCK * (1 + u64::from(rusty_aac::adts_raw_blocks(head)));
        if self.window.at(self.position, length)?.len() < length {
            return Ok(Next::Cut);
        }
        self.length = length;
        Ok(Next::Packet)
    }

    fn packet(&mut self) -> Result<PacketRef<'_>, Error> {
        let ticks = Duration::new(self.ticks);
        let bytes = self.window.at(self.position, self.length)?;
        Ok(PacketRef::new(0, Timestamp::new(0), ticks, bytes))
    }

    fn coding(&self) -> Coding {
        Coding::Aac(aac::Config::Adts)
    }
}
