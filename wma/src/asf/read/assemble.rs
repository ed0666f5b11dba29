//! Media objects out of their parts.

use super::objects::Spread;
use super::packet::Payload;

/// The longest media object that is put together, in bytes.
const LONGEST: usize = 4 << 20;

/// The media object that is being put together, and then the last one that was.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    pub(super) bytes: Vec<u8>,
    pub(super) number: u32,
    pub(super) key: bool,
    /// When it is presented in ms, preroll included, if it says so.
    pub(super) time: Option<u32>,
    size: usize,
    open: bool,
    scratch: Vec<u8>,
}

/// What became of a payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// It ends an object.
    Whole,
    /// It is kept.
    Kept,
    /// It is useless.
    Dropped(&'static str),
    /// The object before it was given up; the payload is to be fed again.
    Abandoned(&'static str),
}

impl Assembler {
    /// Takes the next payload of the stream, which lies in `packet`.
    pub(super) fn feed(&mut self, payload: &Payload, packet: &[u8]) -> Fed {
        let part = &packet[payload.bytes.clone()];
        let continues = self.open && payload.object == self.number && payload.offset != 0;
        if self.open && !continues {
            self.open = false;
            return Fed::Abandoned("a media object without its end");
        }
        if !continues {
            if payload.offset != 0 {
                return Fed::Dropped("a media object without its start");
            }
            let stated = payload.whole.map_or(0, |(size, _)| size);
            self.begin(payload, if stated == 0 { part.len() } else { stated as usize });
        }
        let room = self.size.saturating_sub(self.bytes.len());
        if usize::try_from(payload.offset) != Ok(self.bytes.len()) || part.len() > room {
            self.open = false;
            return Fed::Dropped("parts of a media object that don't fit together");
        }
        if self.size > LONGEST {
            self.open = false;
            return Fed::Dropped("a media object beyond all measure");
        }
        self.bytes.extend_from_slice(part);
        self.open = self.bytes.len() < self.size;
        if self.open { Fed::Kept } else { Fed::Whole }
    }

    fn begin(&mut self, payload: &Payload, size: usize) {
        self.bytes.clear();
        self.size = size;
        self.open = true;
        self.number = payload.object;
        self.key = payload.key;
        self.time = payload.whole.map(|(_, time)| time);
    }

    /// Forgets what is not whole.
    pub(super) fn reset(&mut self) {
        self.open = false;
    }

    /// Undoes the interleaving of a whole object, if it has the length for it.
    pub(super) fn gather(&mut self, spread: Spread) {
        let (span, chunk) = (usize::from(spread.span), usize::from(spread.chunk));
        let chunks = usize::from(spread.packet) / chunk.max(1);
        if chunk == 0 || self.bytes.len() != span * chunks * chunk {
            return;
        }
        self.scratch.clear();
        for index in 0..span * chunks {
            let from = (index / span + index % span * chunks) * chunk;
            self.scratch.extend_from_slice(&self.bytes[from..from + chunk]);
        }
        std::mem::swap(&mut self.bytes, &mut self.scratch);
    }
}
