//! The start of an `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1), for what can't be decoded.

use crate::Error;

/// Fails with the name of the codec unless the configuration is of AAC-LC, mono or stereo.
pub(crate) fn check(config: &[u8]) -> Result<(), Error> {
    let bits = |start: usize, count: usize| {
        (start..start + count).fold(0_u32, |value, at| {
            let byte = config.get(at / 8).copied().unwrap_or(0);
            value << 1 | u32::from(byte >> (7 - at % 8) & 1)
        })
    };
    let (object_type, after) = match bits(0, 5) {
        31 => (32 + bits(5, 6), 11),
        short => (short, 5),
    };
    let after = if bits(after, 4) == 15 { after + 28 } else { after + 4 };
    let channels = bits(after, 4);
    // Backward compatible signalling: a sync word and object type 5 after the configuration.
    let hidden_sbr = (after + 4..(8 * config.len()).saturating_sub(16))
        .any(|at| bits(at, 11) == 0x2b7 && bits(at + 11, 5) == 5 && bits(at + 16, 1) == 1);
    let name = match object_type {
        2 if hidden_sbr => "HE-AAC",
        2 if channels == 0 || channels > 2 => "AAC with more than two channels",
        2 => return Ok(()),
        1 => "AAC Main",
        3 => "AAC SSR",
        4 => "AAC LTP",
        5 => "HE-AAC",
        29 => "HE-AAC v2",
        23 => "AAC-LD",
        39 => "AAC-ELD",
        42 => "xHE-AAC (USAC)",
        32..=34 => "MPEG layer I to III in MP4",
        36 => "MPEG-4 ALS",
        _ => "an uncommon kind of MPEG-4 audio",
    };
    Err(Error::UnsupportedCodec(name.into()))
}
