//! Data packets (section 5.2) of several payloads each, all of one layout.

use crate::asf::Error;

/// Bytes of a packet before its payloads: error correction data, flags, padding length, send
/// time, duration, number of payloads.
pub(super) const HEAD: usize = 3 + 2 + 2 + 4 + 2 + 1;
/// Bytes before each payload's data: stream, object, offset, replicated data, length.
pub(super) const PAYLOAD_HEAD: usize = 1 + 1 + 4 + 1 + 8 + 2;
/// The most payloads of a packet.
const MOST_PAYLOADS: u8 = 63;
/// A rest of a packet that is not worth a payload.
const SCRAP: usize = PAYLOAD_HEAD + 32;

/// Several payloads; padding length in a word.
const FLAGS: u8 = 0x01 | 0x10;
/// Widths of the payloads' fields: replicated data a byte, offset 32 bits, object and stream a
/// byte each.
const PROPERTIES: u8 = 0x01 | 0x0c | 0x10 | 0x40;
/// Widths of the payloads' lengths: a word.
const LENGTHS: u8 = 0x80;

/// A part of a media object on its way into a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// The object's number.
    pub(super) object: u8,
    /// The whole object.
    pub(super) whole: &'a [u8],
    /// What of it is still to be written.
    pub(super) from: usize,
    /// When it is presented in ms, preroll included.
    pub(super) time: u32,
}

/// The packet that is being filled.
#[derive(Debug)]
pub(super) struct Packet {
    bytes: Vec<u8>,
    size: usize,
    payloads: u8,
    /// Presentation times of the first and the last payload, in ms.
    pub(super) times: Option<(u32, u32)>,
}

impl Packet {
    /// An empty packet of `size` bytes.
    pub(super) fn new(size: usize) -> Self {
        Self { bytes: vec![0; HEAD], size, payloads: 0, times: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.payloads == 0
    }

    /// Whether nothing more should be put in.
    pub(super) fn is_full(&self) -> bool {
        self.payloads == MOST_PAYLOADS || self.bytes.len() + SCRAP > self.size
    }

    /// Puts in as much of a part as fits and returns how many bytes that were.
    pub(super) fn put(&mut self, stream: u8, part: Part<'_>) -> Result<usize, Error> {
        let rest = &part.whole[part.from..];
        let count = rest.len().min(self.size - self.bytes.len() - PAYLOAD_HEAD);
        let too_large = |_| Error::TooLarge("a media object");
        let length = u16::try_from(count).map_err(too_large)?;
        let offset = u32::try_from(part.from).map_err(too_large)?;
        let size = u32::try_from(part.whole.len()).map_err(too_large)?;
        self.bytes.extend_from_slice(&[stream | 0x80, part.object]);
        self.bytes.extend_from_slice(&offset.to_le_bytes());
        self.bytes.push(8);
        self.bytes.extend_from_slice(&size.to_le_bytes());
        self.bytes.extend_from_slice(&part.time.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&rest[..count]);
        self.payloads += 1;
        self.times = Some((self.times.map_or(part.time, |(first, _)| first), part.time));
        Ok(count)
    }

    /// Completes the packet, which is sent at `sent` ms, and hands it to `take`; it is empty then.
    pub(super) fn finish<T>(&mut self, sent: u32, take: impl FnOnce(&[u8]) -> T) -> T {
        let padding = self.size - self.bytes.len();
        self.bytes.resize(self.size, 0);
        let (first, last) = self.times.take().unwrap_or_default();
        let duration = u16::try_from(last.saturating_sub(first)).unwrap_or(u16::MAX);
        let padding = u16::try_from(padding).unwrap_or(u16::MAX);
        self.bytes[..5].copy_from_slice(&[0x82, 0, 0, FLAGS, PROPERTIES]);
        self.bytes[5..7].copy_from_slice(&padding.to_le_bytes());
        self.bytes[7..11].copy_from_slice(&sent.to_le_bytes());
        self.bytes[11..13].copy_from_slice(&duration.to_le_bytes());
        self.bytes[13] = LENGTHS | self.payloads;
        let taken = take(&self.bytes);
        self.bytes.clear();
        self.bytes.resize(HEAD, 0);
        self.payloads = 0;
        taken
    }
}
