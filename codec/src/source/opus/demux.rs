//! The packets of an Ogg Opus file, with the frames to cut from each: chained streams one after
//! the other, others that are multiplexed passed over.

use std::io::{Read, Seek};
use std::ops::Range;

use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::{Head, duration};
use crate::Error;
use crate::source::decoder::Coding;
use crate::source::ogg::{Packets, Page, Pages, Step};
use crate::source::reader::{Demuxer, Next};

/// Pages that are looked at for the first header.
const HEADER_PAGES: usize = 64;
/// The packet of comments, which is not audio.
const COMMENTS: u64 = 1;

/// A packet of the page at hand.
#[derive(Clone, Debug)]
struct Audio {
    bytes: Range<usize>,
    /// Frames to play, and to cut before and after them.
    played: u64,
    before: u64,
    after: u64,
}

/// A reader of Ogg Opus.
pub(crate) struct OggOpus<'a, R> {
    pages: Pages<'a, R>,
    packets: Packets,
    head: Head,
    serial: u32,
    /// Headers that are still to come.
    headers: usize,
    /// Frames of `pre_skip` that are still to be cut.
    skip: u64,
    /// The granule position before the page at hand, once it is known.
    position: Option<u64>,
    audio: std::vec::IntoIter<Audio>,
    current: Option<Audio>,
}

impl<'a, R: Read + Seek> OggOpus<'a, R> {
    /// Finds the first Opus stream.
    pub(crate) fn new(mut pages: Pages<'a, R>) -> Result<Self, Error> {
        for _ in 0..HEADER_PAGES {
            let Step::Page(page) = pages.next()? else { break };
            if page.first && pages.body.starts_with(b"OpusHead") {
                let head = Head::read(&pages.body)?;
                return Ok(Self::begin(pages, &page, head));
            }
        }
        Err(Error::corrupt("an Ogg file without its Opus header"))
    }

    fn begin(pages: Pages<'a, R>, page: &Page, head: Head) -> Self {
        let mut packets = Packets::default();
        packets.take(page, &pages.lacing, &pages.body, COMMENTS);
        Self {
            serial: page.serial,
            skip: head.pre_skip,
            pages,
            packets,
            head,
            headers: 1,
            position: None,
            audio: Vec::new().into_iter(),
            current: None,
        }
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Takes the packets of a page of the stream.
    fn page(&mut self, page: &Page) -> bool {
        let lost = self.packets.take(page, &self.pages.lacing, &self.pages.body, COMMENTS);
        let headers = self.headers.min(self.packets.done.len());
        self.headers -= headers;
        let ranges = &self.packets.done[headers..];
        let length = |range: &Range<usize>| duration(self.packets.get(range.clone()));
        let all: u64 = ranges.iter().map(length).sum();
        let before = match (self.position, page.granule) {
            (Some(position), _) => position,
            // A stream that was joined late starts at another number than zero.
            (None, Some(granule)) if !page.last => granule.saturating_sub(all),
            (None, _) => 0,
        };
        let after = before + all;
        let mut surplus = match page.granule {
            Some(granule) if page.last => after.saturating_sub(granule),
            _ => 0,
        };
        if !ranges.is_empty() {
            self.position = Some(page.granule.unwrap_or(after));
        }
        let mut audio: Vec<Audio> = ranges
            .iter()
            .map(|range| {
                let before = self.skip.min(length(range));
                self.skip -= before;
                Audio { bytes: range.clone(), played: length(range) - before, before, after: 0 }
            })
            .collect();
        for packet in audio.iter_mut().rev() {
            packet.after = surplus.min(packet.played);
            packet.played -= packet.after;
            surplus -= packet.after;
        }
        self.audio = audio.into_iter();
        lost
    }

    /// Begins with another stream of the same file.
    fn chain(&mut self, page: &Page) -> Result<Next, Error> {
        self.head = Head::read(&self.pages.body)?;
        self.packets = Packets::default();
        self.packets.take(page, &self.pages.lacing, &self.pages.body, COMMENTS);
        self.serial = page.serial;
        self.headers = 1;
        self.skip = self.head.pre_skip;
        self.position = None;
        Ok(Next::Reset)
    }
}

impl<R: Read + Seek> Demuxer for OggOpus<'_, R> {
    fn advance(&mut self) -> Result<Next, Error> {
        loop {
            self.current = self.audio.next();
            if self.current.is_some() {
                return Ok(Next::Packet);
            }
            match self.pages.next()? {
                Step::End => return Ok(Next::End),
                Step::Cut => return Ok(Next::Cut),
                Step::Lost(error) => return Ok(Next::Damage(error)),
                Step::Page(page) if page.first => {
                    // Streams begin together at first, and later only where a new chain begins.
                    if self.position.is_some() && self.pages.body.starts_with(b"OpusHead") {
                        return self.chain(&page);
                    }
                }
                Step::Page(page) if page.serial == self.serial => {
                    if self.page(&page) {
                        let what = format!("Ogg page {} follows none before it", page.sequence);
                        return Ok(Next::Damage(Error::corrupt(what)));
                    }
                }
                Step::Page(_) => {}
            }
        }
    }

    fn packet(&mut self) -> Result<PacketRef<'_>, Error> {
        let audio = self.current.as_ref();
        let bytes = audio.map_or(0..0, |audio| audio.bytes.clone());
        let (played, before, after) = audio.map_or((0, 0, 0), |a| (a.played, a.before, a.after));
        let mut packet =
            PacketRef::new(0, Timestamp::new(0), Duration::new(played), self.packets.get(bytes));
        packet.trim_start = Duration::new(before);
        packet.trim_end = Duration::new(after);
        Ok(packet)
    }

    fn coding(&self) -> Coding {
        Coding::Opus(self.head.clone())
    }
}
