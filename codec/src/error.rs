//! Why a conversion failed: one variant per stable code, each with a sentence to act on.

use std::borrow::Cow;

/// Why a file could not be converted.
///
/// [`code`](Error::code) is stable and fit for machines; `Display` is one sentence or two for the
/// person who sent the file and names neither paths nor internals.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are of no audio format that is known here.
    #[error(
        "This is not an audio file we recognise. Send MP3, AAC, M4A, OGG, WAV or FLAC audio; \
         renaming a file does not change what it holds."
    )]
    UnrecognisedFormat,
    /// The format is known by its signature but not read here.
    #[error("This is {0}, which we can't read. Send MP3, AAC, M4A, OGG, WAV or FLAC audio.")]
    UnsupportedFormat(Cow<'static, str>),
    /// The container is read here but not what it carries.
    #[error("The audio is coded as {0}, which we can't decode. Export it in another codec.")]
    UnsupportedCodec(Cow<'static, str>),
    /// The file ends before the length that its container states.
    #[error(
        "The file is cut off: {found} of the {promised} {unit} it announces are there. \
         Upload it again from the original."
    )]
    Truncated {
        /// How much is there.
        found: u64,
        /// How much the container states.
        promised: u64,
        /// What is counted: `samples`, `frames`, `bytes`.
        unit: &'static str,
    },
    /// The file is damaged beyond what players tolerate.
    #[error("The file is damaged ({0}). Upload it again from the original.")]
    Corrupt(Cow<'static, str>),
    /// The audio is encrypted.
    #[error("The audio is copy-protected, so it can't be converted. Use a copy without DRM.")]
    DrmProtected,
    /// The audio is longer than the limit.
    #[error("The audio is longer than {most_seconds} seconds, the most we convert. Split it.")]
    TooLong {
        /// The limit in seconds.
        most_seconds: f64,
    },
    /// The audio has no channels or more than the limit.
    #[error("The audio has {found} channels; we convert 1 to {most}.")]
    TooManyChannels {
        /// Channels of the input.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// The sample rate lies outside the limits.
    #[error("The audio has a sample rate of {found} Hz; we convert {least} to {most} Hz.")]
    UnsupportedSampleRate {
        /// Rate of the input in Hz.
        found: u32,
        /// Lowest rate in Hz.
        least: u32,
        /// Highest rate in Hz.
        most: u32,
    },
    /// There is not one sample to convert.
    #[error("The file holds no audio: it has no sample in it, or the trim leaves none.")]
    EmptyAudio,
    /// An option has a value that makes no sense, or none for this target.
    #[error("The option {name} can't be {value}: {reason}.")]
    InvalidOption {
        /// The option as the API spells it.
        name: &'static str,
        /// The value given.
        value: String,
        /// What would be right.
        reason: Cow<'static, str>,
    },
    /// The caller stopped the conversion.
    #[error("The conversion was cancelled.")]
    Cancelled,
    /// The operating system could not read the input.
    #[error("The input could not be read from storage. This is our fault; it will be retried.")]
    Read(#[source] std::io::Error),
    /// The operating system could not take the output.
    #[error("The result could not be written to storage. This is our fault; it will be retried.")]
    Write(#[source] std::io::Error),
    /// A decoder broke on this input; contained, and the process lives on.
    #[error("The file could not be decoded: it is damaged in a way that the decoder can't handle.")]
    DecoderFailed(String),
    /// An encoder refused audio that we made; a fault of ours.
    #[error("The audio could not be encoded. This is our fault.")]
    EncoderFailed(String),
}

impl Error {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnrecognisedFormat => "unrecognised_format",
            Self::UnsupportedFormat(_) => "unsupported_format",
            Self::UnsupportedCodec(_) => "unsupported_codec",
            Self::Truncated { .. } => "truncated",
            Self::Corrupt(_) => "corrupt",
            Self::DrmProtected => "drm_protected",
            Self::TooLong { .. } => "too_long",
            Self::TooManyChannels { .. } => "too_many_channels",
            Self::UnsupportedSampleRate { .. } => "unsupported_sample_rate",
            Self::EmptyAudio => "empty_audio",
            Self::InvalidOption { .. } => "invalid_option",
            Self::Cancelled => "cancelled",
            Self::Read(_) | Self::Write(_) => "io",
            Self::DecoderFailed(_) => "decoder_failed",
            Self::EncoderFailed(_) => "encoder_failed",
        }
    }

    /// All codes that [`code`](Error::code) may give.
    pub const CODES: [&'static str; 15] = [
        "unrecognised_format",
        "unsupported_format",
        "unsupported_codec",
        "truncated",
        "corrupt",
        "drm_protected",
        "too_long",
        "too_many_channels",
        "unsupported_sample_rate",
        "empty_audio",
        "invalid_option",
        "cancelled",
        "io",
        "decoder_failed",
        "encoder_failed",
    ];

    /// Whether the file or the options are at fault, so that another try can't help; otherwise
    /// it was the caller's wish (`cancelled`) or the infrastructure (`io`, `encoder_failed`).
    #[must_use]
    pub fn is_input_fault(&self) -> bool {
        !matches!(self, Self::Cancelled | Self::Read(_) | Self::Write(_) | Self::EncoderFailed(_))
    }

    pub(crate) fn corrupt(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Corrupt(what.into())
    }
}
