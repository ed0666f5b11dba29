//! RIFF/WAVE (Microsoft/IBM, 1991; WAVEFORMATEXTENSIBLE) and RF64/BW64 (EBU Tech 3306, ITU-R
//! BS.2088): our own demuxer, so that any length is right and a wrong one is seen at once.

use std::io::{Read, Seek};

use symphonia::core::codecs::audio::well_known as id;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

use super::input::Input;
use crate::layout::Layout;
use crate::{Error, Limits};

/// Frames of PCM in one packet.
const PACKET: u64 = 4096;
/// More chunks than this before the audio are not looked at.
const CHUNKS: usize = 1024;

/// The format chunk.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) codec: AudioCodecId,
    pub(crate) name: &'static str,
    pub(crate) channels: usize,
    pub(crate) rate: u32,
    pub(crate) layout: Layout,
    /// Bits of a sample of linear PCM.
    pub(crate) bits: Option<u32>,
    /// Whether samples are floating point.
    pub(crate) float: bool,
    /// Bytes of a block, which is one frame of PCM or some of ADPCM.
    block: u64,
    frames_per_block: u64,
}

/// A WAVE file, ready to be read in packets.
pub(crate) struct Wave {
    pub(crate) format: Format,
    /// Frames in all.
    pub(crate) frames: u64,
    /// Whether the header states the length; a recording to a pipe does not.
    pub(crate) stated: bool,
    /// Where the next packet is.
    position: u64,
    end: u64,
}

#[derive(Default)]
struct Header {
    format: Option<Format>,
    fact: Option<u64>,
    size64: Option<u64>,
    riff_size: u32,
}

impl Wave {
    /// Reads the chunks up to the audio.
    pub(crate) fn open<R: Read + Seek>(
        input: &mut Input<'_, R>,
        start: u64,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut header = Header::default();
        let mut position = start + 12;
        header.riff_size = input.array_at::<8>(start)?.map_or(0, |h| le32(&h[4..]));
        for _ in 0..CHUNKS {
            let Some(head) = input.array_at::<8>(position)? else { break };
            let (kind, size) = (&head[..4], le(&head[4..]));
            let body = position + 8;
            match kind {
                b"fmt " => header.format = Some(Format::read(input, body, size, limits)?),
                b"fact" => header.fact = input.array_at::<4>(body)?.map(|f| le(&f)),
                b"ds64" => header.size64 = input.array_at::<16>(body)?.map(|d| le(&d[8..])),
                b"data" => return header.open(input.len(), body, size),
                _ => {}
            }
            position = body + size + size % 2;
        }
        Err(Error::Truncated { found: input.len(), promised: position + 8, unit: "bytes" })
    }

    /// Reads the next packet into `buffer` and returns its frames; none at the end.
    pub(crate) fn next<R: Read + Seek>(
        &mut self,
        input: &mut Input<'_, R>,
        buffer: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        let per_packet = (PACKET / self.format.frames_per_block).max(1);
        let blocks = ((self.end - self.position) / self.format.block).min(per_packet);
        let bytes = blocks * self.format.block;
        buffer.resize(usize::try_from(bytes).unwrap_or(0), 0);
        if input.read_at(self.position, buffer)? < buffer.len() {
            return Err(Error::Truncated {
                found: self.position,
                promised: self.end,
                unit: "bytes",
            });
        }
        self.position += bytes;
        Ok(blocks * self.format.frames_per_block)
    }
}

impl Header {
    /// Starts at the data chunk, whose length may be unknown, 64-bit or a lie.
    fn open(self, len: u64, body: u64, size: u64) -> Result<Wave, Error> {
        let format = self.format.ok_or(Error::corrupt("a WAV file without a format chunk"))?;
        let there = len - body.min(len);
        let unknown =
            size == u32::MAX.into() || size == 0 && matches!(self.riff_size, 0 | u32::MAX);
        let (size, stated) = match self.size64 {
            Some(size64) if size == u32::MAX.into() => (size64, true),
            _ if unknown => (there, false),
            _ => (size, true),
        };
        // Some writers count a last odd byte or part of a frame that is not there.
        if size > there && size - there >= format.block.max(2) {
            return Err(Error::Truncated { found: there, promised: size, unit: "bytes" });
        }
        let size = size.min(there) / format.block * format.block;
        let frames = size / format.block * format.frames_per_block;
        let frames = if format.frames_per_block > 1 {
            frames.min(self.fact.unwrap_or(frames))
        } else {
            frames
        };
        Ok(Wave { format, frames, stated, position: body, end: body + size })
    }
}

impl Format {
    fn read<R: Read + Seek>(
        input: &mut Input<'_, R>,
        at: u64,
        size: u64,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut chunk = [0; 40];
        let wanted = usize::try_from(size).unwrap_or(40).min(40);
        let filled = input.read_at(at, &mut chunk[..wanted])?;
        if filled < 14 {
            return Err(Error::corrupt("a WAV file with too short a format chunk"));
        }
        let short = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let extensible = short(0) == 0xfffe && filled >= 40;
        let tag = if extensible { short(24) } else { short(0) };
        let channels = usize::from(short(2));
        let rate = le32(&chunk[4..8]);
        limits.check_shape(rate, channels)?;
        let mask = if extensible { le32(&chunk[20..24]) } else { 0 };
        let layout = Layout::new(mask, channels);
        let block = u64::from(short(12));
        let coding = coding(tag, short(14), block, channels as u64)?;
        Ok(Self {
            codec: coding.codec,
            name: coding.name,
            channels,
            rate,
            layout,
            bits: coding.bits,
            float: coding.name.starts_with("pcm_f"),
            block,
            frames_per_block: coding.frames_per_block,
        })
    }

    /// The same for the decoder.
    pub(crate) fn parameters(&self) -> AudioCodecParameters {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.codec)
            .with_sample_rate(self.rate)
            .with_channels(self.layout.to_channels())
            .with_frames_per_block(self.frames_per_block)
            .with_max_frames_per_packet(PACKET.max(self.frames_per_block));
        parameters
    }
}

struct Coding {
    codec: AudioCodecId,
    name: &'static str,
    bits: Option<u32>,
    frames_per_block: u64,
}

/// What a format tag (RFC 2361) means for blocks of `block` bytes.
fn coding(tag: u16, bits: u16, block: u64, channels: u64) -> Result<Coding, Error> {
    if block == 0 {
        return Err(Error::corrupt("a WAV file with blocks of no bytes"));
    }
    let linear = |codec, name, bits| Ok(Coding { codec, name, bits, frames_per_block: 1 });
    let bytes = if block.is_multiple_of(channels) { block / channels } else { 0 };
    match (tag, bytes) {
        (1, 1) => linear(id::CODEC_ID_PCM_U8, "pcm_u8", Some(8)),
        (1, 2) => linear(id::CODEC_ID_PCM_S16LE, "pcm_s16le", Some(16)),
        (1, 3) => linear(id::CODEC_ID_PCM_S24LE, "pcm_s24le", Some(24)),
        (1, 4) => linear(id::CODEC_ID_PCM_S32LE, "pcm_s32le", Some(32)),
        (3, 4) => linear(id::CODEC_ID_PCM_F32LE, "pcm_f32le", None),
        (3, 8) => linear(id::CODEC_ID_PCM_F64LE, "pcm_f64le", None),
        (6, 1) => linear(id::CODEC_ID_PCM_ALAW, "pcm_alaw", None),
        (7, 1) => linear(id::CODEC_ID_PCM_MULAW, "pcm_mulaw", None),
        (1 | 3 | 6 | 7, _) => Err(Error::UnsupportedCodec(
            format!("{bits}-bit PCM in blocks of {block} bytes").into(),
        )),
        (2, _) if bits == 4 && block > 7 * channels => Ok(Coding {
            codec: id::CODEC_ID_ADPCM_MS,
            name: "adpcm_ms",
            bits: None,
            frames_per_block: (block - 7 * channels) * 2 / channels + 2,
        }),
        (0x11, _) if bits == 4 && block > 4 * channels => Ok(Coding {
            codec: id::CODEC_ID_ADPCM_IMA_WAV,
            name: "adpcm_ima_wav",
            bits: None,
            frames_per_block: (block - 4 * channels) * 2 / channels + 1,
        }),
        _ => Err(Error::UnsupportedCodec(tag_name(tag).into())),
    }
}

fn tag_name(tag: u16) -> String {
    let name = match tag {
        2 | 0x11 => "ADPCM of an unusual kind",
        0x31 => "GSM 6.10",
        0x50 => "MPEG layer I or II in WAV",
        0x55 => "MP3 in WAV",
        0x92 | 0x2000 => "Dolby Digital (AC-3)",
        0xff | 0x1600 | 0x1610 => "AAC in WAV",
        0x160..=0x163 => "Windows Media Audio in WAV",
        0x2001 => "DTS",
        0x674f..=0x6771 => "Vorbis in WAV",
        _ => return format!("WAVE format tag {tag:#06x}"),
    };
    name.into()
}

fn le(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn le32(bytes: &[u8]) -> u32 {
    u32::try_from(le(&bytes[..4])).unwrap_or(u32::MAX)
}
