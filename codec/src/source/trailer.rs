//! Tags at the end of a raw stream, which a demuxer would search for audio.

use std::io::{Read, Seek};

use super::input::Input;
use crate::Error;

/// Where the audio ends before `ID3v1`, `APEv2` and `Lyrics3v2` tags.
pub(crate) fn audio_end<R: Read + Seek>(input: &mut Input<'_, R>) -> Result<u64, Error> {
    let mut end = input.len();
    // Each kind once, in any order.
    for _ in 0..3 {
        end -= tag_length(input, end)?.min(end);
    }
    Ok(end)
}

fn tag_length<R: Read + Seek>(input: &mut Input<'_, R>, end: u64) -> Result<u64, Error> {
    let at = |back: u64| end.saturating_sub(back);
    if input.array_at::<3>(at(128))? == Some(*b"TAG") {
        return Ok(128);
    }
    if let Some(footer) = input.array_at::<32>(at(32))?
        && footer.starts_with(b"APETAGEX")
    {
        let word = |i: usize| {
            u64::from(u32::from_le_bytes([footer[i], footer[i + 1], footer[i + 2], footer[i + 3]]))
        };
        let header = if word(20) >> 31 == 1 { 32 } else { 0 };
        return Ok(word(12) + header);
    }
    if let Some(footer) = input.array_at::<15>(at(15))?
        && footer.ends_with(b"LYRICS200")
    {
        let digits = std::str::from_utf8(&footer[..6]).unwrap_or_default();
        return Ok(digits.parse().map_or(0, |size: u64| size + 15));
    }
    Ok(0)
}
