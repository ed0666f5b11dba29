//! The packets of one logical Ogg stream, put together from its pages.

use std::ops::Range;

use super::page::Page;

/// The longest packet of audio; longer ones are taken for damage.
const LONGEST: usize = 1 << 20;

/// Collects the packets of a stream, page by page.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    /// A packet that goes on on the next page, at the front; then the packets of this page.
    bytes: Vec<u8>,
    /// Where in `bytes` each packet is that ended on the last page.
    pub(crate) done: Vec<Range<usize>>,
    /// Where in `bytes` the packet starts that has not ended.
    open: Option<usize>,
    /// Packets that ended so far.
    count: u64,
    sequence: Option<u32>,
}

impl Packets {
    /// The bytes of a packet in [`done`](Self::done).
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Takes a page of the stream; says whether pages before it are missing. The packet numbered
    /// `unwanted` is counted but not kept.
    pub(crate) fn take(&mut self, page: &Page, lacing: &[u8], body: &[u8], unwanted: u64) -> bool {
        let lost = self.sequence.is_some_and(|last| page.sequence != last.wrapping_add(1));
        self.sequence = Some(page.sequence);
        self.start(page, lost);
        // The end of a packet whose start is missing is of no use.
        let mut useless = page.continued && self.open.is_none();
        let mut at = 0;
        for &length in lacing {
            let segment = body.get(at..at + usize::from(length)).unwrap_or_default();
            at += usize::from(length);
            let open = *self.open.get_or_insert(self.bytes.len());
            if !useless && self.count != unwanted {
                self.bytes.extend_from_slice(segment);
            }
            if self.bytes.len() - open > LONGEST {
                self.bytes.truncate(open);
                useless = true;
            }
            if length < 255 {
                self.count += u64::from(!useless);
                if !useless {
                    self.done.push(open..self.bytes.len());
                }
                self.open = None;
                useless = false;
            }
        }
        lost
    }

    /// Forgets what was given out, and keeps what goes on on `page`.
    fn start(&mut self, page: &Page, lost: bool) {
        self.done.clear();
        match self.open.take() {
            Some(open) if page.continued && !lost => {
                self.bytes.drain(..open);
                self.open = Some(0);
            }
            _ => self.bytes.clear(),
        }
    }
}
