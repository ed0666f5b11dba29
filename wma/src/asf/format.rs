//! The shape of an audio stream: `WAVEFORMATEX` (section 9.1).

use super::read::Bytes;

/// An audio stream's codec and shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaveFormat {
    /// The codec: 0x0160 WMA 1, 0x0161 WMA 2, 0x0162 Pro, 0x0163 Lossless, 0x000a Voice …
    pub tag: u16,
    /// Channels.
    pub channels: u16,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Mean rate of the coded audio in bytes per second.
    pub bytes_per_second: u32,
    /// Length in bytes of the codec's packets.
    pub block_align: u16,
    /// Bits per sample of the audio before coding.
    pub bits_per_sample: u16,
    /// What the codec adds.
    pub extra: Vec<u8>,
}

impl WaveFormat {
    /// The most bytes that [`extra`](Self::extra) may have.
    pub(super) const EXTRA_LIMIT: usize = u16::MAX as usize;

    /// Reads a `WAVEFORMATEX`, or a `WAVEFORMAT` without its last two fields.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(bytes);
        let mut format = Self {
            tag: bytes.u16()?,
            channels: bytes.u16()?,
            sample_rate: bytes.u32()?,
            bytes_per_second: bytes.u32()?,
            block_align: bytes.u16()?,
            ..Self::default()
        };
        format.bits_per_sample = bytes.u16().unwrap_or(0);
        let extra = usize::from(bytes.u16().unwrap_or(0)).min(bytes.len());
        format.extra = bytes.take(extra)?.to_vec();
        Some(format)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.tag.to_le_bytes());
        out.extend_from_slice(&self.channels.to_le_bytes());
        out.extend_from_slice(&self.sample_rate.to_le_bytes());
        out.extend_from_slice(&self.bytes_per_second.to_le_bytes());
        out.extend_from_slice(&self.block_align.to_le_bytes());
        out.extend_from_slice(&self.bits_per_sample.to_le_bytes());
        let extra = u16::try_from(self.extra.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&extra.to_le_bytes());
        out.extend_from_slice(&self.extra[..usize::from(extra)]);
    }
}
