//! From a file to the media objects of its audio.

use std::io::{Read, Seek};

use super::assemble::{Assembler, Fed};
use super::header::Header;
use super::objects::AudioStream;
use super::packet::Packet;
use super::source::Source;
use crate::asf::{Error, guid};

/// What begins an index, which follows the data.
const INDEXES: [guid::Guid; 4] =
    [guid::SIMPLE_INDEX, guid::INDEX, guid::MEDIA_INDEX, guid::TIMECODE_INDEX];

/// Reads the first audio stream of an ASF file.
#[derive(Debug)]
pub struct Demuxer<R> {
    source: Source<R>,
    header: Header,
    stream: AudioStream,
    /// Where the next packet should be, and where the data ends.
    at: u64,
    end: u64,
    /// Where the packets that the file announces end.
    promised: u64,
    bytes: Vec<u8>,
    packet: Packet,
    next_payload: usize,
    assembler: Assembler,
    /// The first bytes of the first packet, by which lost boundaries are found again.
    mark: Option<[u8; 3]>,
    lost: bool,
}

/// A media object: for WMA, one or more packets of the codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaObject<'a> {
    /// Its bytes.
    pub data: &'a [u8],
    /// When it is presented in ms from the start; an object without a time has its packet's.
    pub time: i64,
    /// Whether decoding may start with it.
    pub key: bool,
    /// Its number as the file has it, which wraps at the width of its field.
    pub number: u32,
    /// Where in the file the packet is in which it ends.
    pub offset: u64,
}

impl<R: Read + Seek> Demuxer<R> {
    /// Reads the header of the file `input`, from its start.
    ///
    /// # Errors
    /// As [`Header::read`], and [`Error::Protected`] and [`Error::NoAudio`].
    pub fn new(input: R) -> Result<Self, Error> {
        let mut source = Source::new(input)?;
        let header = Header::parse(&mut source)?;
        let stream = header.audio.first().ok_or(Error::NoAudio)?.clone();
        if header.protected || stream.encrypted {
            return Err(Error::Protected);
        }
        let promised = header.packets.saturating_mul(header.packet_size.into());
        let promised = header.data_start.saturating_add(promised);
        // Of two sizes the greater is right: what follows the data is known by its GUID.
        let end = header.data_end.map_or(source.len, |end| end.max(promised).min(source.len));
        Ok(Self {
            at: header.data_start,
            end,
            bytes: Vec::new(),
            packet: Packet::default(),
            next_payload: 0,
            assembler: Assembler::default(),
            mark: None,
            lost: false,
            stream,
            promised,
            header,
            source,
        })
    }

    /// What the file says before its data.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The stream that is read.
    pub fn stream(&self) -> &AudioStream {
        &self.stream
    }

    /// Reads the next media object, or `None` at the end of the data.
    ///
    /// # Errors
    /// [`Error::Damaged`] where something was passed over and [`Error::Truncated`] where the file
    /// ends too early; reading may go on after both. [`Error::Read`] otherwise.
    pub fn next_object(&mut self) -> Result<Option<MediaObject<'_>>, Error> {
        loop {
            let Some(payload) = self.packet.payloads.get(self.next_payload) else {
                if self.next_packet()? {
                    continue;
                }
                return Ok(None);
            };
            let fed = self.assembler.feed(payload, &self.bytes);
            self.next_payload += usize::from(!matches!(fed, Fed::Abandoned(_)));
            match fed {
                Fed::Whole => break,
                Fed::Kept => {}
                Fed::Dropped(what) | Fed::Abandoned(what) => {
                    return Err(Error::damaged(self.packet_offset(), what));
                }
            }
        }
        if let Some(spread) = self.stream.spread {
            self.assembler.gather(spread);
        }
        let preroll = i64::try_from(self.header.preroll).unwrap_or(i64::MAX);
        let time = match self.assembler.time {
            Some(time) => i64::from(time).saturating_sub(preroll),
            None => self.packet.sent.into(),
        };
        Ok(Some(MediaObject {
            time,
            key: self.assembler.key,
            number: self.assembler.number,
            offset: self.packet_offset(),
            data: &self.assembler.bytes,
        }))
    }

    fn packet_offset(&self) -> u64 {
        self.at.saturating_sub(u64::from(self.header.packet_size))
    }

    /// Reads the next data packet; says whether there is one.
    fn next_packet(&mut self) -> Result<bool, Error> {
        self.packet.payloads.clear();
        self.next_payload = 0;
        if self.lost {
            self.find_packet()?;
        }
        let size = u64::from(self.header.packet_size);
        if self.at >= self.end {
            return Ok(false);
        }
        self.source.seek(self.at)?;
        self.bytes.resize(self.header.packet_size as usize, 0);
        let filled = self.source.read(&mut self.bytes)?;
        if INDEXES.iter().any(|id| self.bytes[..filled].starts_with(id)) {
            self.at = self.end;
            return Ok(false);
        }
        if filled < self.bytes.len() {
            let announced = self.at < self.promised || self.header.packets == 0;
            self.at = self.end;
            if !announced || filled == 0 {
                return Ok(false);
            }
            let part = "data packet";
            return Err(Error::Truncated { offset: self.source.position, part });
        }
        self.at += size;
        // Bytes between the last packet and the end are no packet.
        if self.at > self.end {
            return Ok(false);
        }
        let number = self.stream.number;
        match self.packet.parse(&self.bytes, number) {
            Ok(()) => {
                let mark = self.bytes.first_chunk().filter(|mark| mark[0] & 0x80 != 0).copied();
                self.mark = self.mark.or(mark);
            }
            Err(what) => {
                self.lost = true;
                return Err(Error::damaged(self.at - size, what));
            }
        }
        Ok(true)
    }

    /// After a packet that is none, finds the next by how packets of this file start, if there
    /// is none where it should be. Bytes may have been lost or put in.
    fn find_packet(&mut self) -> Result<(), Error> {
        self.lost = false;
        let Some(mark) = self.mark else { return Ok(()) };
        let size = self.header.packet_size as usize;
        let from = self.packet_offset() + 1;
        self.source.seek(from)?;
        self.bytes.resize(3 * size, 0);
        let filled = self.source.read(&mut self.bytes)?;
        let number = self.stream.number;
        let mut is_packet = |at: usize| {
            let packet = self.bytes[..filled].get(at..at + size);
            packet.is_some_and(|p| p.starts_with(&mark) && self.packet.parse(p, number).is_ok())
        };
        let found =
            if is_packet(size - 1) { None } else { (0..2 * size).find(|&at| is_packet(at)) };
        self.packet.payloads.clear();
        if let Some(found) = found {
            self.at = from + found as u64;
            // The sizes that were stated hold no longer.
            self.end = self.source.len;
            self.assembler.reset();
        }
        Ok(())
    }
}
