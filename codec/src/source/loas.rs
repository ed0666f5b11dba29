//! AAC in LATM within LOAS, as broadcasts carry it (ISO/IEC 14496-3, 1.7).

use std::io::{Read, Seek};

use rusty_aac::config::StreamConfig;
use rusty_aac::latm::{LOAS_HEADER_LEN, LatmReader, LoasFrame, is_loas};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::aac;
use super::decoder::Coding;
use super::reader::{Demuxer, Next};
use super::window::Window;
use crate::Error;

/// How many frames in a row make a stream, unless the file ends before.
const CHAIN: usize = 3;
/// Frames without a configuration that are passed over, as where a recording begins.
const UNCONFIGURED: usize = 4096;
/// Frames that are looked at to estimate how many there are.
const SAMPLE: u64 = 128;

/// The length in bytes of the `AudioSyncStream` frame at the start of `bytes`, header included.
fn frame_length(bytes: &[u8]) -> Option<usize> {
    let &[_, b1, b2, ..] = bytes else { return None };
    let length = usize::from(b1 & 0x1f) << 8 | usize::from(b2);
    (is_loas(bytes) && length > 0).then_some(LOAS_HEADER_LEN + length)
}

/// Finds the first frame of a stream in `head`; `whole` says that the file ends with it.
pub(crate) fn find(head: &[u8], whole: bool) -> Option<usize> {
    (0..head.len().saturating_sub(2)).find(|&at| head[at] == 0x56 && is_stream(&head[at..], whole))
}

fn is_stream(bytes: &[u8], whole: bool) -> bool {
    let mut at = 0;
    for _ in 0..CHAIN {
        let Some(rest) = bytes.get(at..) else { return false };
        match frame_length(rest) {
            Some(length) => at += length,
            None => return whole && at > 0 && rest.is_empty(),
        }
    }
    true
}

/// A stream of LOAS frames; each packet is the access unit of one.
pub(crate) struct Loas<'a, R> {
    window: Window<'a, R>,
    position: u64,
    mux: LatmReader,
    frame: LoasFrame,
    /// Whether `frame` is still to be given out.
    primed: bool,
}

impl<'a, R: Read + Seek> Loas<'a, R> {
    /// Finds the first frame with a configuration from `start` on.
    pub(crate) fn new(mut window: Window<'a, R>, start: u64) -> Result<Self, Error> {
        let mut mux = LatmReader::new();
        let mut position = start;
        for _ in 0..UNCONFIGURED {
            let Some(length) = frame_length(window.at(position, LOAS_HEADER_LEN)?) else { break };
            let frame = mux.parse(window.at(position, length)?);
            position += length as u64;
            match frame {
                Ok(frame) => return Ok(Self { window, position, mux, frame, primed: true }),
                Err(rusty_aac::Error::Unsupported(_)) => {
                    return Err(Error::UnsupportedCodec("an uncommon kind of AAC in LATM".into()));
                }
                Err(_) => {}
            }
        }
        Err(Error::corrupt("an AAC stream (LATM) that never says how it is coded"))
    }

    /// The configuration in force.
    pub(crate) fn stream(&self) -> &StreamConfig {
        &self.frame.stream
    }

    /// A guess at the core's samples per channel in the whole stream.
    pub(crate) fn survey(&mut self) -> Result<u64, Error> {
        let (mut frames, mut at) = (0, self.position);
        while frames < SAMPLE {
            let Some(length) = frame_length(self.window.at(at, LOAS_HEADER_LEN)?) else { break };
            frames += 1;
            at += length as u64;
        }
        let bytes = u128::from((at - self.position).max(1));
        let all = u128::from(self.window.len()) * u128::from(frames) / bytes;
        let samples = all * self.frame.stream.frame_length as u128;
        Ok(u64::try_from(samples).unwrap_or(u64::MAX))
    }

    /// The next position from `from` on where two frames follow each other, or one ends the file.
    fn search(&mut self, from: u64) -> Result<Option<u64>, Error> {
        let end = self.window.len();
        for position in from..end {
            let head = self.window.at(position, LOAS_HEADER_LEN)?;
            let Some(length) = frame_length(head) else { continue };
            let next = position + length as u64;
            if next == end || frame_length(self.window.at(next, LOAS_HEADER_LEN)?).is_some() {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}

impl<R: Read + Seek> Demuxer for Loas<'_, R> {
    fn advance(&mut self) -> Result<Next, Error> {
        if std::mem::take(&mut self.primed) {
            return Ok(Next::Packet);
        }
        let head = self.window.at(self.position, LOAS_HEADER_LEN)?;
        if head.is_empty() {
            return Ok(Next::End);
        }
        let Some(length) = frame_length(head) else {
            let Some(found) = self.search(self.position)? else { return Ok(Next::End) };
            let what = format!("no LATM frame at byte {}", self.position);
            self.position = found;
            return Ok(Next::Damage(Error::corrupt(what)));
        };
        let bytes = self.window.at(self.position, length)?;
        if bytes.len() < length {
            return Ok(Next::Cut);
        }
        let parsed = self.mux.parse(bytes);
        self.position += length as u64;
        let Ok(frame) = parsed else {
            let what = format!("a damaged LATM frame before byte {}", self.position);
            return Ok(Next::Damage(Error::corrupt(what)));
        };
        let same = frame.stream == self.frame.stream;
        self.frame = frame;
        self.primed = !same;
        Ok(if same { Next::Packet } else { Next::Reset })
    }

    fn packet(&mut self) -> Result<PacketRef<'_>, Error> {
        let ticks = Duration::new(self.frame.stream.frame_length as u64);
        Ok(PacketRef::new(0, Timestamp::new(0), ticks, &self.frame.au))
    }

    fn coding(&self) -> Coding {
        Coding::Aac(aac::Config::Stream(Box::new(self.frame.stream.clone())))
    }
}
