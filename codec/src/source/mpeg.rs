//! MPEG audio frames and the Xing/LAME header (ISO/IEC 11172-3 2.4.1.3, 13818-3; the LAME
//! project's "Mp3 Info Tag" revision 1).

/// How many frames in a row make a stream, unless the file ends before.
const CHAIN: usize = 3;

/// The delay of a layer III decoder in frames, which the LAME header leaves out.
const DECODER_DELAY: u64 = 529;

/// A frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Layer: 1, 2 or 3.
    pub(crate) layer: u8,
    /// Sample rate in Hz.
    pub(crate) rate: u32,
    /// Channels: 1 or 2.
    pub(crate) channels: usize,
    /// Frames (samples per channel) in one MPEG frame.
    pub(crate) samples: u64,
    /// Length of the MPEG frame in bytes, header included.
    pub(crate) length: usize,
    /// Whether it is MPEG-1 rather than MPEG-2 or 2.5.
    mpeg1: bool,
}

/// Bit rates in kbit/s by bit rate index (11172-3 2.4.2.3; 13818-3 2.4.2.3).
const BITRATES: [[u16; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    /// Reads the header at the start of `bytes`; free-format frames are not taken.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, b1, b2, b3, ..] = bytes else { return None };
        if sync != 0xff || b1 & 0xe0 != 0xe0 {
            return None;
        }
        let shift = match b1 >> 3 & 3 {
            0 => 2,
            2 => 1,
            3 => 0,
            _ => return None,
        };
        let layer = 4 - (b1 >> 1 & 3);
        let rate = *[44_100_u32, 48_000, 32_000].get(usize::from(b2 >> 2 & 3))? >> shift;
        let table = match (shift == 0, layer) {
            (_, 4) => return None,
            (true, layer) => usize::from(layer) - 1,
            (false, 1) => 3,
            (false, _) => 4,
        };
        let kbps = usize::from(*BITRATES[table].get(usize::from(b2 >> 4))?);
        if kbps == 0 {
            return None;
        }
        let padding = usize::from(b2 >> 1 & 1);
        let samples = match (layer, shift) {
            (1, _) => 384,
            (3, 1 | 2) => 576,
            _ => 1152,
        };
        let length = match layer {
            1 => (12_000 * kbps / rate as usize + padding) * 4,
            _ => samples / 8 * 1000 * kbps / rate as usize + padding,
        };
        let channels = if b3 >> 6 == 3 { 1 } else { 2 };
        Some(Self { layer, rate, channels, samples: samples as u64, length, mpeg1: shift == 0 })
    }

    /// Whether a stream that has this frame may have `other` too.
    pub(crate) fn goes_with(&self, other: &Self) -> bool {
        (self.layer, self.rate, self.mpeg1) == (other.layer, other.rate, other.mpeg1)
    }
}

/// Finds the first frame of a stream in `head`; `whole` says that the file ends with it.
pub(crate) fn find(head: &[u8], whole: bool) -> Option<usize> {
    (0..head.len().saturating_sub(3)).find(|&at| head[at] == 0xff && is_stream(&head[at..], whole))
}

fn is_stream(bytes: &[u8], whole: bool) -> bool {
    let Some(first) = Header::parse(bytes) else { return false };
    let mut at = first.length;
    for _ in 1..CHAIN {
        match bytes.get(at..).and_then(Header::parse) {
            Some(next) if next.goes_with(&first) => at += next.length,
            Some(_) => return false,
            // A stream of one or two frames, then nothing or a tag.
            None => return whole && is_end(bytes.get(at..)),
        }
    }
    true
}

fn is_end(rest: Option<&[u8]>) -> bool {
    rest.is_some_and(|r| r.is_empty() || r.starts_with(b"TAG") || r.starts_with(b"APETAGEX"))
}

/// What the Xing/Info header in the first frame promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Xing {
    /// MPEG frames that follow.
    pub(crate) frames: Option<u64>,
    /// Bytes of the stream, this header included.
    pub(crate) bytes: Option<u64>,
    /// Frames to skip at the start and at the end, the decoder's delay included.
    pub(crate) gap: Option<(u64, u64)>,
}

impl Xing {
    /// Reads the header in the MPEG frame that starts `bytes`, if it has one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let header = Header::parse(bytes)?;
        let side = match (header.mpeg1, header.channels) {
            (true, 2) => 32,
            (true, _) | (false, 2) => 17,
            (false, _) => 9,
        };
        let tag = bytes.get(4 + side..header.length.min(bytes.len()))?;
        if header.layer != 3 || !(tag.starts_with(b"Xing") || tag.starts_with(b"Info")) {
            return None;
        }
        let flags = word(tag, 4)?;
        let frames = if flags & 1 != 0 { Some(word(tag, 8)?.into()) } else { None };
        let bytes_at = if flags & 1 != 0 { 12 } else { 8 };
        let bytes = if flags & 2 != 0 { Some(word(tag, bytes_at)?.into()) } else { None };
        let optional = |bit: u32, size| if flags & bit != 0 { size } else { 0 };
        let lame = 8 + optional(1, 4) + optional(2, 4) + optional(4, 100) + optional(8, 4);
        let frames = frames.filter(|&frames| frames != 0);
        Some(Self { frames, bytes, gap: gap(tag.get(lame..)?) })
    }

    /// Frames to play, to skip before and to skip after, if the header frame `bytes` states them.
    pub(crate) fn played(bytes: &[u8]) -> Option<(u64, u64, u64)> {
        let (header, xing) = (Header::parse(bytes)?, Self::parse(bytes)?);
        let (delay, padding) = xing.gap?;
        let played = (xing.frames? * header.samples).checked_sub(delay + padding)?;
        Some((played, delay, padding))
    }
}

/// Delay and padding of the LAME extension, two numbers of 12 bits at offset 21.
fn gap(lame: &[u8]) -> Option<(u64, u64)> {
    if ![&b"LAME"[..], b"Lavf", b"Lavc", b"L3.9"].iter().any(|name| lame.starts_with(name)) {
        return None;
    }
    let bits = word(lame, 20)? & 0x00ff_ffff;
    let (delay, padding) = (u64::from(bits >> 12), u64::from(bits & 0xfff));
    Some((delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY)))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(four.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)))
}
