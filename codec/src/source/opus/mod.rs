//! Opus (RFC 6716) in Ogg (RFC 7845).

mod decode;
mod demux;
mod split;

use crate::Error;

pub(crate) use decode::Opus;
pub(crate) use demux::OggOpus;

/// Every Opus stream is decoded at this rate in Hz, whatever it was made from.
pub(crate) const RATE: u32 = 48_000;
/// The longest packet in frames: 120 ms.
const LONGEST: u16 = 5760;

/// The identification header (RFC 7845, 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) channels: usize,
    /// Frames at the start that only let the decoder settle.
    pub(crate) pre_skip: u64,
    /// Gain in dB, times 256.
    gain: i16,
    family: u8,
    streams: usize,
    /// Streams of two channels, which are the first.
    coupled: usize,
    /// For each channel, the decoded channel that it takes; 255 for silence.
    mapping: Vec<u8>,
}

impl Head {
    /// Reads the first packet of a stream.
    pub(crate) fn read(packet: &[u8]) -> Result<Self, Error> {
        let short = || Error::corrupt("an Opus header that is too short");
        let fixed: &[u8; 19] = packet.first_chunk().ok_or_else(short)?;
        if !fixed.starts_with(b"OpusHead") || fixed[8] >> 4 != 0 {
            return Err(Error::UnsupportedCodec("an unknown version of Opus".into()));
        }
        let channels = usize::from(fixed[9]);
        let family = fixed[18];
        let (streams, coupled, mapping) = match (family, channels) {
            (0, 1 | 2) => (1, channels - 1, vec![0, 1]),
            (1 | 255, 1..) => {
                let table = packet.get(19..21 + channels).ok_or_else(short)?;
                (usize::from(table[0]), usize::from(table[1]), table[2..].to_vec())
            }
            _ => {
                return Err(Error::UnsupportedCodec(
                    "Opus with an uncommon channel mapping".into(),
                ));
            }
        };
        if streams == 0 || coupled > streams || streams + coupled > 255 {
            return Err(Error::corrupt("an Opus header with an impossible number of streams"));
        }
        Ok(Self {
            channels,
            pre_skip: u16::from_le_bytes([fixed[10], fixed[11]]).into(),
            gain: i16::from_le_bytes([fixed[16], fixed[17]]),
            family,
            streams,
            coupled,
            mapping,
        })
    }
}

/// The frames at 48 kHz in a packet, by its first bytes (RFC 6716, 3.1 and 3.2).
fn duration(packet: &[u8]) -> u64 {
    let Some(&toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |count| u64::from(count & 0x3f)),
    };
    let all = frame * count;
    if all > LONGEST.into() { 0 } else { all }
}
