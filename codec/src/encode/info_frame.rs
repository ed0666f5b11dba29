//! The Xing/LAME header of streams whose frames are too small for LAME's own (the LAME project's
//! "Mp3 Info Tag" revision 1): an MPEG frame that decodes to nothing and states the exact length.

use crate::source::MpegHeader;

/// Bytes of the header: name, flags, frames, bytes, and the part that LAME added.
const INFO: usize = 4 + 4 + 4 + 4 + 36;
/// LAME's encoder delay in frames.
const DELAY: u64 = 576;

/// A frame that has room for the header, in a stream of the given rate and channels.
pub(crate) struct InfoFrame {
    bytes: Vec<u8>,
    /// Where the header starts, after frame header and side information.
    at: usize,
    samples: u64,
}

impl InfoFrame {
    /// The smallest frame that is large enough.
    pub(crate) fn new(rate: u32, channels: usize) -> Option<Self> {
        let (version, index) = match rate {
            44_100 | 48_000 | 32_000 => (3_u8, [44_100, 48_000, 32_000]),
            22_050 | 24_000 | 16_000 => (2, [22_050, 24_000, 16_000]),
            _ => (0, [11_025, 12_000, 8_000]),
        };
        let rate_index = u8::try_from(index.iter().position(|&r| r == rate)?).ok()?;
        let mode = if channels == 1 { 3 << 6 } else { 1 << 6 };
        let side = match (version, channels) {
            (3, 1) => 17,
            (3, _) => 32,
            (_, 1) => 9,
            _ => 17,
        };
        (1..15).find_map(|bitrate| {
            let head = [0xff, 0xe3 | version << 3, bitrate << 4 | rate_index << 2, mode];
            let header = MpegHeader::parse(&head)?;
            let mut bytes = head.to_vec();
            bytes.resize(header.length, 0);
            let at = 4 + side;
            (header.length >= at + INFO).then_some(Self { bytes, at, samples: header.samples })
        })
    }

    /// The bytes, with what is known so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// States `mpeg_frames` frames of `audio` bytes that hold `frames` samples per channel.
    pub(crate) fn fill(&mut self, mpeg_frames: u64, audio: u64, frames: u64, kbps: u32) {
        let short = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        let padding = (mpeg_frames * self.samples).saturating_sub(frames + DELAY).min(0xfff);
        let mut info = b"Info\0\0\0\x03".to_vec();
        info.extend_from_slice(&short(mpeg_frames));
        info.extend_from_slice(&short(audio + self.bytes.len() as u64));
        info.extend_from_slice(b"LAME3.100\x01");
        // Low-pass, peak, two gains and flags are left unknown.
        info.resize(info.len() + 10, 0);
        info.push(u8::try_from(kbps).unwrap_or(u8::MAX));
        info.extend_from_slice(&short(DELAY << 12 | padding)[1..]);
        self.bytes[self.at..self.at + info.len()].copy_from_slice(&info);
    }
}

/// Counts the MPEG frames in a stream that arrives in pieces.
#[derive(Default)]
pub(crate) struct FrameCounter {
    pub(crate) frames: u64,
    /// Bytes of the current frame that are still to come.
    skip: usize,
    /// A frame header that arrived in part.
    head: Vec<u8>,
}

impl FrameCounter {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let wanted = (4 - self.head.len()).min(bytes.len());
            self.head.extend_from_slice(&bytes[..wanted]);
            bytes = &bytes[wanted..];
            if let Some(header) = MpegHeader::parse(&self.head) {
                self.frames += 1;
                self.skip = header.length.saturating_sub(4);
            }
            if self.head.len() == 4 {
                self.head.clear();
            }
        }
    }
}
