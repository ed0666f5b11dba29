//! What a container says about a stream of audio (`WAVEFORMATEX`).

/// Which member of the family a stream is of, by its `WAVE` format tag (RFC 2361).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Version 1, tag 0x160.
    V1,
    /// Version 2, tag 0x161: "Windows Media Audio" 2 to 9.2.
    V2,
    /// Professional, tag 0x162.
    Pro,
    /// Lossless, tag 0x163.
    Lossless,
    /// Voice, tag 0x0a.
    Voice,
}

impl Codec {
    /// The codec of a format tag, if it is of this family.
    #[must_use]
    pub fn from_tag(tag: u16) -> Option<Self> {
        match tag {
            0x160 => Some(Self::V1),
            0x161 => Some(Self::V2),
            0x162 => Some(Self::Pro),
            0x163 => Some(Self::Lossless),
            0x00a => Some(Self::Voice),
            _ => None,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "Windows Media Audio 1",
            Self::V2 => "Windows Media Audio 2",
            Self::Pro => "Windows Media Audio Professional",
            Self::Lossless => "Windows Media Audio Lossless",
            Self::Voice => "Windows Media Audio Voice",
        }
    }

    /// The format tag.
    #[must_use]
    pub fn tag(self) -> u16 {
        match self {
            Self::V1 => 0x160,
            Self::V2 => 0x161,
            Self::Pro => 0x162,
            Self::Lossless => 0x163,
            Self::Voice => 0x00a,
        }
    }
}

/// The format of one stream, as the container states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    /// The codec.
    pub codec: Codec,
    /// Number of channels.
    pub channels: u16,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Mean number of bytes per second (`nAvgBytesPerSec`); decoding depends on its exact value.
    pub byte_rate: u32,
    /// Size of a packet in bytes (`nBlockAlign`).
    pub block_align: u32,
    /// Bits per sample (`wBitsPerSample`).
    pub bits_per_sample: u16,
    /// What follows `cbSize`.
    pub extra: Vec<u8>,
}

impl StreamFormat {
    /// Mean number of bits per second.
    #[must_use]
    pub fn bit_rate(&self) -> u64 {
        u64::from(self.byte_rate) * 8
    }
}
