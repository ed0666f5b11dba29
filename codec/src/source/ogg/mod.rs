//! What an Ogg file carries and whether its end is there (RFC 3533).

mod packets;
mod page;

use std::io::{Read, Seek};

use super::input::Input;
use crate::Error;

pub(crate) use packets::Packets;
pub(crate) use page::{Page, Pages, Step};

/// The largest page: header, segment table, 255 segments of 255 bytes.
const PAGE: u64 = 27 + 255 + 255 * 255;
/// Streams that may be multiplexed before one is found that can be read.
const STREAMS: usize = 16;

/// What the first stream that can be read is coded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// With the nominal bit rate in bits/s, if it is stated (Vorbis I, 4.2.2).
    Vorbis(Option<u64>),
    Flac,
    Opus,
}

/// Finds the first stream that can be read; fails with the codec's name if there is none.
pub(crate) fn codec<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<Codec, Error> {
    let mut position = start;
    let mut first = None;
    for _ in 0..STREAMS {
        let mut page = [0; 27 + 255 + 64];
        let filled = input.read_at(position, &mut page)?;
        let page = &page[..filled];
        let Some((length, body)) = page_length(page) else { break };
        // Only pages that begin a stream (flag 2) name a codec.
        if page[5] & 2 == 0 {
            break;
        }
        let body = page.get(body..).unwrap_or_default();
        if body.starts_with(b"\x7fFLAC") {
            return Ok(Codec::Flac);
        }
        if body.starts_with(b"OpusHead") {
            return Ok(Codec::Opus);
        }
        if body.starts_with(b"\x01vorbis") {
            let nominal = body.get(20..24).and_then(|field| field.try_into().ok());
            let nominal = nominal.map_or(0, i32::from_le_bytes);
            return Ok(Codec::Vorbis(u64::try_from(nominal).ok().filter(|&bits| bits > 0)));
        }
        first.get_or_insert(name(body));
        position += length as u64;
    }
    Err(first.map_or(Error::corrupt("an Ogg file without a first page"), |name| {
        Error::UnsupportedCodec(name.into())
    }))
}

fn name(body: &[u8]) -> &'static str {
    let known: [(&[u8], &str); 7] = [
        (b"Speex   ", "Speex"),
        (b"\x80theora", "Theora video"),
        (b"fishead\0", "an Ogg skeleton"),
        (b"PCM     ", "PCM in Ogg"),
        (b"CELT    ", "CELT"),
        (b"\x80kate", "Kate subtitles"),
        (b"BBCD\0", "Dirac video"),
    ];
    known.iter().find(|(head, _)| body.starts_with(head)).map_or("an unknown Ogg codec", |k| k.1)
}

/// Length of the page at the start of `bytes`, and where its body begins; `None` if it is none.
fn page_length(bytes: &[u8]) -> Option<(usize, usize)> {
    if !bytes.starts_with(b"OggS") {
        return None;
    }
    let segments = usize::from(*bytes.get(26)?);
    let table = bytes.get(27..27 + segments)?;
    let body = 27 + segments;
    Some((body + table.iter().map(|&lacing| usize::from(lacing)).sum::<usize>(), body))
}

/// How the file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a whole page that says it is the last; the position that it states.
    Marked(u64),
    /// With a whole page that does not say so, as in a recorded broadcast.
    Unmarked(u64),
    /// Within a page: the file is cut off, so many bytes short.
    Cut(u64),
}

impl End {
    /// The position that the last page states.
    pub(crate) fn granule(self) -> u64 {
        match self {
            Self::Marked(granule) | Self::Unmarked(granule) => granule,
            Self::Cut(_) => 0,
        }
    }
}

/// Looks at the last pages of the file.
pub(crate) fn end<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<End, Error> {
    let from = input.len().saturating_sub(2 * PAGE).max(start);
    let mut tail = vec![0; usize::try_from(input.len() - from).unwrap_or(0)];
    let filled = input.read_at(from, &mut tail)?;
    tail.truncate(filled);
    let mut at = 0;
    let mut end = End::Unmarked(0);
    // Page by page; where there is no page, on to the next capture pattern.
    while let Some(step) = tail[at..].windows(4).position(|w| w == b"OggS") {
        at += step;
        let last = tail.get(at + 5).is_some_and(|flags| flags & 4 != 0);
        match page_length(&tail[at..]) {
            Some((length, _)) if at + length <= tail.len() => {
                let field = tail[at + 6..].first_chunk().map_or(0, |f| u64::from_le_bytes(*f));
                let granule = if field == u64::MAX { end.granule() } else { field };
                end = if last { End::Marked(granule) } else { End::Unmarked(granule) };
                at += length;
            }
            Some((length, _)) => return Ok(End::Cut((at + length - tail.len()) as u64)),
            None => return Ok(End::Cut(1)),
        }
    }
    Ok(end)
}
