//! What an MP4 file states about its audio track (ISO/IEC 14496-12), read beside the demuxer,
//! which leaves out edit lists, encryption and the truth about cut-off files.

use std::io::{Read, Seek};

use super::input::Input;
use crate::Error;

/// Boxes nest no deeper than this in any file that is meant to be played.
const DEPTH: usize = 8;
/// More boxes than this in one level are not looked at.
const BOXES: usize = 4096;

/// What is known of the audio track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Movie {
    /// The track's number in the file.
    pub(crate) id: u32,
    /// The four-character code of the sample description, such as `mp4a`.
    pub(crate) codec: Option<[u8; 4]>,
    /// The first frame to play and the number of frames, both in the track's time scale.
    pub(crate) window: Option<(u64, Option<u64>)>,
    /// The track's ticks per second.
    pub(crate) timescale: u64,
    /// The sum of all sample durations, in ticks; zero in a fragmented file.
    pub(crate) duration: u64,
}

/// A track while it is read.
#[derive(Default)]
struct Track {
    id: u32,
    audio: bool,
    timescale: u64,
    duration: u64,
    codec: Option<[u8; 4]>,
    edits: Vec<(u64, i64)>,
}

struct Walker<'a, 'b, R> {
    input: &'a mut Input<'b, R>,
    movie_timescale: u64,
    track: Track,
    chosen: Option<Track>,
    itunes: Option<(u64, u64)>,
    found_movie: bool,
}

/// Walks the boxes of the file.
///
/// # Errors
/// `Truncated` if a box reaches beyond the end of the file, `DrmProtected` for an encrypted
/// track, `UnsupportedFormat` for an edit list that rearranges the audio.
pub(crate) fn read<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<Movie, Error> {
    let end = input.len();
    let mut walker = Walker {
        input,
        movie_timescale: 0,
        track: Track::default(),
        chosen: None,
        itunes: None,
        found_movie: false,
    };
    walker.level(start, end, 0)?;
    if !walker.found_movie {
        return Err(Error::corrupt("an MP4 file without its index, the moov box"));
    }
    let track = walker
        .chosen
        .ok_or_else(|| Error::UnsupportedFormat("an MP4 film without an audio track".into()))?;
    if let Some(code) = &track.codec
        && matches!(code, b"enca" | b"drms" | b"drmi")
    {
        return Err(Error::DrmProtected);
    }
    let window = window(&track, walker.movie_timescale, walker.itunes)?;
    let Track { id, codec, timescale, duration, .. } = track;
    Ok(Movie { id, codec, window, timescale, duration })
}

impl<R: Read + Seek> Walker<'_, '_, R> {
    /// Reads the boxes between two positions.
    fn level(&mut self, mut position: u64, end: u64, depth: usize) -> Result<(), Error> {
        for _ in 0..BOXES {
            let Some(header) = self.input.array_at::<8>(position)? else { break };
            if position + 8 > end {
                break;
            }
            let mut body = position + 8;
            let size = match be32(&header, 0) {
                0 => end - position,
                1 => {
                    body += 8;
                    self.input.array_at(position + 8)?.map_or(0, u64::from_be_bytes)
                }
                size => size.into(),
            };
            let next = position.saturating_add(size);
            if next < body {
                return Err(Error::corrupt("an MP4 box of impossible size"));
            }
            if next > end && depth == 0 {
                return Err(Error::Truncated { found: end, promised: next, unit: "bytes" });
            }
            self.visit([header[4], header[5], header[6], header[7]], body, next.min(end), depth)?;
            position = next;
        }
        Ok(())
    }

    fn visit(&mut self, kind: [u8; 4], body: u64, end: u64, depth: usize) -> Result<(), Error> {
        match &kind {
            b"moov" => self.found_movie = true,
            b"trak" => self.track = Track::default(),
            b"mvhd" => self.movie_timescale = self.time_header(body)?,
            b"mdhd" => self.track.timescale = self.time_header(body)?,
            // `tkhd` (8.3.2) has the number where the others have the time scale.
            b"tkhd" => self.track.id = u32::try_from(self.time_header(body)?).unwrap_or(0),
            b"hdlr" => {
                let handler = self.input.array_at::<4>(body + 8)?;
                self.track.audio |= depth == 3 && handler == Some(*b"soun");
            }
            b"elst" => self.edit_list(body)?,
            b"stsd" => self.track.codec = self.input.array_at(body + 12)?,
            b"stts" => self.sample_durations(body, end)?,
            b"----" => self.itunes_comment(body, end)?,
            _ => {}
        }
        let skip = if &kind == b"meta" { 4 } else { 0 };
        if is_container(kind) && depth < DEPTH {
            self.level(body + skip, end, depth + 1)?;
        }
        // The demuxer takes the first audio track that it can, and so does this.
        if &kind == b"trak" && self.track.audio && self.chosen.is_none() {
            self.chosen = Some(std::mem::take(&mut self.track));
        }
        Ok(())
    }

    /// The time scale in `mvhd` and `mdhd` (8.2.2, 8.4.2).
    fn time_header(&mut self, body: u64) -> Result<u64, Error> {
        let Some(version) = self.input.array_at::<1>(body)? else { return Ok(0) };
        let at = if version == [1] { body + 20 } else { body + 12 };
        Ok(self.input.array_at::<4>(at)?.map_or(0, |bytes| be32(&bytes, 0).into()))
    }

    /// `elst` (8.6.6): pairs of duration in movie ticks and start in track ticks, -1 for a pause.
    fn edit_list(&mut self, body: u64) -> Result<(), Error> {
        let Some(head) = self.input.array_at::<8>(body)? else { return Ok(()) };
        let wide = head[0] == 1;
        for index in 0..u64::from(be32(&head, 4)).min(64) {
            let edit = if wide {
                let Some(bytes) = self.input.array_at::<16>(body + 8 + 20 * index)? else { break };
                let half =
                    |at: usize| u64::from(be32(&bytes, at)) << 32 | u64::from(be32(&bytes, at + 4));
                (half(0), half(8).cast_signed())
            } else {
                let Some(bytes) = self.input.array_at::<8>(body + 8 + 12 * index)? else { break };
                (be32(&bytes, 0).into(), be32(&bytes, 4).cast_signed().into())
            };
            self.track.edits.push(edit);
        }
        Ok(())
    }

    /// `stts` (8.6.1.2): pairs of count and duration.
    fn sample_durations(&mut self, body: u64, end: u64) -> Result<(), Error> {
        let Some(head) = self.input.array_at::<8>(body)? else { return Ok(()) };
        let mut left = u64::from(be32(&head, 4)).min(end.saturating_sub(body + 8) / 8);
        let mut position = body + 8;
        let mut buffer = [0; 8192];
        while left > 0 {
            let wanted = usize::try_from(left * 8).unwrap_or(usize::MAX).min(buffer.len());
            let filled = self.input.read_at(position, &mut buffer[..wanted])?;
            for pair in buffer[..filled].chunks_exact(8) {
                let ticks = u64::from(be32(pair, 0)) * u64::from(be32(pair, 4));
                self.track.duration = self.track.duration.saturating_add(ticks);
            }
            if filled < wanted {
                break;
            }
            position += filled as u64;
            left -= filled as u64 / 8;
        }
        Ok(())
    }

    /// iTunes' `iTunSMPB` comment: ` 00000000 delay padding length …` in hexadecimal.
    fn itunes_comment(&mut self, body: u64, end: u64) -> Result<(), Error> {
        let mut buffer = [0; 512];
        let wanted = usize::try_from(end - body).unwrap_or(usize::MAX).min(buffer.len());
        let filled = self.input.read_at(body, &mut buffer[..wanted])?;
        let text = String::from_utf8_lossy(&buffer[..filled]);
        if let Some((_, data)) = text.split_once("iTunSMPB")
            && let Some((_, fields)) = data.split_once(" 00000000 ")
        {
            let mut numbers = fields.split(' ').map(|f| u64::from_str_radix(f, 16).unwrap_or(0));
            let (delay, _, length) = (numbers.next(), numbers.next(), numbers.next());
            self.itunes = delay.zip(length).filter(|(_, length)| *length > 0);
        }
        Ok(())
    }
}

fn is_container(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"udta" | b"meta" | b"ilst"
    )
}

/// The part of the track that is played: the edit list's, else what iTunes noted.
fn window(
    track: &Track,
    movie_timescale: u64,
    itunes: Option<(u64, u64)>,
) -> Result<Option<(u64, Option<u64>)>, Error> {
    let mut edits =
        track.edits.iter().filter_map(|&(d, start)| Some((d, u64::try_from(start).ok()?)));
    let Some((duration, start)) = edits.next() else {
        return Ok(itunes.map(|(delay, length)| (delay, Some(length))));
    };
    if edits.next().is_some() {
        return Err(Error::UnsupportedFormat(
            "an MP4 file cut into pieces by its edit list".into(),
        ));
    }
    let all = track.duration.saturating_sub(start);
    let scale = |ticks: u64| ticks.saturating_mul(track.timescale) / movie_timescale.max(1);
    let stated = scale(duration);
    // The edit's duration is in the movie's ticks, often milliseconds; where it means the rest
    // of the track, the track knows that to the sample.
    let means_all = duration == 0 || stated.saturating_add(scale(2)) >= all;
    let length = match (track.duration, means_all) {
        (_, false) => Some(stated),
        (0, true) => None,
        (_, true) => Some(all),
    };
    if start == 0 && length == Some(track.duration) {
        return Ok(itunes.map(|(delay, length)| (delay, Some(length))));
    }
    Ok(Some((start, length)))
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// The name of a codec by its sample description, for those that are not decoded here.
pub(crate) fn codec_name(code: [u8; 4]) -> String {
    let name = match &code {
        b"ac-3" => "Dolby Digital (AC-3)",
        b"ec-3" => "Dolby Digital Plus (E-AC-3)",
        b"Opus" => "Opus",
        b"samr" | b"sawb" => "AMR",
        b"dtsc" | b"dtsh" | b"dtsl" => "DTS",
        b"ac-4" => "Dolby AC-4",
        b"mha1" | b"mhm1" => "MPEG-H audio",
        b"wma " => "Windows Media Audio",
        _ => "",
    };
    if name.is_empty() {
        format!("«{}» in MP4", String::from_utf8_lossy(&code).escape_debug())
    } else {
        name.into()
    }
}
