//! Ogg pages one after the other (RFC 3533, section 6), checked by their sums.

use std::io::{Read, Seek};

use crate::Error;
use crate::source::window::Window;

/// Length of a page header before its segment table.
const HEADER: usize = 27;

/// A page; its body is in [`Pages::body`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Whether the first segment goes on with a packet of the page before.
    pub(crate) continued: bool,
    /// Whether a stream begins with this page.
    pub(crate) first: bool,
    /// Whether a stream ends with this page.
    pub(crate) last: bool,
    /// The codec's position at the end of the last packet that ends here, if one does.
    pub(crate) granule: Option<u64>,
    /// Number of the stream.
    pub(crate) serial: u32,
    /// Number of the page in its stream.
    pub(crate) sequence: u32,
}

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Step {
    Page(Page),
    /// The file ends.
    End,
    /// The file ends within a page.
    Cut,
    /// No page was where one should be, so some bytes were passed over.
    Lost(Error),
}

/// A reader of pages.
pub(crate) struct Pages<'a, R> {
    window: Window<'a, R>,
    position: u64,
    /// Lengths of the segments of the page that was read last.
    pub(crate) lacing: Vec<u8>,
    /// The segments themselves.
    pub(crate) body: Vec<u8>,
}

impl<'a, R: Read + Seek> Pages<'a, R> {
    pub(crate) fn new(window: Window<'a, R>, start: u64) -> Self {
        Self { window, position: start, lacing: Vec::new(), body: Vec::new() }
    }

    /// Reads the next page.
    pub(crate) fn next(&mut self) -> Result<Step, Error> {
        let head = self.window.at(self.position, HEADER + 255)?;
        if head.is_empty() {
            return Ok(Step::End);
        }
        let Some((length, body)) = super::page_length(head) else {
            let within =
                head.len() < HEADER + 255 && b"OggS".starts_with(&head[..4.min(head.len())]);
            return if within || head.starts_with(b"OggS") { Ok(Step::Cut) } else { self.lost() };
        };
        self.lacing.clear();
        self.lacing.extend_from_slice(&head[HEADER..body]);
        let bytes = self.window.at(self.position, length)?;
        if bytes.len() < length {
            return Ok(Step::Cut);
        }
        if checksum(bytes) != word(bytes, 22) {
            return self.lost();
        }
        self.body.clear();
        self.body.extend_from_slice(&bytes[body..]);
        let flags = bytes[5];
        let granule = u64::from(word(bytes, 10)) << 32 | u64::from(word(bytes, 6));
        let page = Page {
            continued: flags & 1 != 0,
            first: flags & 2 != 0,
            last: flags & 4 != 0,
            granule: Some(granule).filter(|&granule| granule != u64::MAX),
            serial: word(bytes, 14),
            sequence: word(bytes, 18),
        };
        self.position += length as u64;
        Ok(Step::Page(page))
    }

    /// Moves to the next capture pattern.
    fn lost(&mut self) -> Result<Step, Error> {
        let error = Error::corrupt(format!("no whole Ogg page at byte {}", self.position));
        self.position += 1;
        loop {
            let bytes = self.window.at(self.position, 4096)?;
            if bytes.len() < 4 {
                return Ok(Step::End);
            }
            match bytes.windows(4).position(|w| w == b"OggS") {
                Some(at) => {
                    self.position += at as u64;
                    return Ok(Step::Lost(error));
                }
                None => self.position += bytes.len() as u64 - 3,
            }
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// The sum of a page, whose own field counts as zeros: polynomial 0x04c11db7, nothing reflected.
pub(crate) fn checksum(page: &[u8]) -> u32 {
    page.iter().enumerate().fold(0, |sum, (at, &byte)| {
        let byte = if (22..26).contains(&at) { 0 } else { byte };
        let index = usize::from(sum.to_be_bytes()[0] ^ byte);
        sum << 8 ^ TABLE[index]
    })
}

static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut sum = index << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[index as usize] = sum;
        index += 1;
    }
    table
};
