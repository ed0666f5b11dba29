//! What a file is, by its first bytes alone; names and extensions are never asked.

use std::io::{Read, Seek};

use super::input::Input;
use super::{adts, loas, mpeg};
use crate::Error;

/// A format that is read here, and where in the file it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RIFF/WAVE, RF64 or BW64.
    Wave,
    /// Native FLAC.
    Flac,
    /// Ogg.
    Ogg,
    /// ISO base media: MP4, M4A, 3GP.
    Mp4,
    /// MPEG audio, layers I to III.
    Mpeg,
    /// AAC in ADTS.
    Adts,
    /// AAC in LATM within LOAS.
    Loas,
}

/// How far from its start (after tags) a raw stream is looked for.
pub(crate) const SCAN: usize = 128 * 1024;

/// Signatures of what is recognised but not read: offset, bytes, and a name after "This is".
const OTHERS: &[(usize, &[u8], &str)] = &[
    (
        0,
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
        "Windows Media (ASF: WMA or WMV)",
    ),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"FORM", "AIFF"),
    (0, b"caff", "Apple Core Audio (CAF)"),
    (0, b".snd", "Sun audio (AU)"),
    (0, b"MAC ", "Monkey's Audio (APE)"),
    (0, b"wvpk", "WavPack"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"TTA1", "True Audio (TTA)"),
    (0, b"#!AMR", "AMR"),
    (0, b"DSD ", "DSD audio (DSF)"),
    (0, b"FRM8", "DSD audio (DFF)"),
    (0, b".RMF", "RealMedia"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"OFR ", "OptimFROG"),
    (0, b"ADIF", "AAC in ADIF"),
    (0, b"MThd", "MIDI"),
    (0, b"Creative Voice File", "Creative Voice (VOC)"),
    (0, b"riff\x2e\x91\xcf\x11", "Sony Wave64"),
    (0, b"RIFX", "big-endian WAV (RIFX)"),
    (0, b"\x0b\x77", "Dolby Digital (AC-3)"),
    (0, b"\x7f\xfe\x80\x01", "DTS"),
    (0, b"\x00\x00\x01\xba", "an MPEG programme stream"),
    (4, b"moov", "an old QuickTime movie"),
    (4, b"mdat", "an old QuickTime movie"),
    (4, b"wide", "an old QuickTime movie"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"#EXTM3U", "a playlist, not audio itself"),
];

/// Finds the format of the input and the position at which it starts.
///
/// # Errors
/// `EmptyAudio` for no bytes, `UnsupportedFormat` for what is known by its signature but not
/// read, else `UnrecognisedFormat`.
pub(crate) fn sniff<R: Read + Seek>(input: &mut Input<'_, R>) -> Result<(Format, u64), Error> {
    if input.len() == 0 {
        return Err(Error::EmptyAudio);
    }
    let start = skip_id3v2(input)?;
    let mut head = vec![0; SCAN];
    let filled = input.read_at(start, &mut head)?;
    head.truncate(filled);
    if let Some(format) = signature(&head)? {
        return Ok((format, start));
    }
    let whole = start + filled as u64 == input.len();
    let mpeg = mpeg::find(&head, whole).map(|at| (Format::Mpeg, at));
    let adts = adts::find(&head, whole).map(|at| (Format::Adts, at));
    let loas = loas::find(&head, whole).map(|at| (Format::Loas, at));
    let first = mpeg.into_iter().chain(adts).chain(loas).min_by_key(|(_, at)| *at);
    let (format, at) = first.ok_or(Error::UnrecognisedFormat)?;
    Ok((format, start + at as u64))
}

/// The end of the `ID3v2` tags at the start of the file (ID3v2.4 structure, section 3.1).
fn skip_id3v2<R: Read + Seek>(input: &mut Input<'_, R>) -> Result<u64, Error> {
    let mut position = 0;
    while let Some(header) = input.array_at::<10>(position)?
        && header.starts_with(b"ID3")
        && header[6..].iter().all(|byte| byte & 0x80 == 0)
    {
        let size = header[6..].iter().fold(0, |size, &byte| size << 7 | u64::from(byte));
        let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
        position += 10 + size + footer;
    }
    Ok(position)
}

fn signature(head: &[u8]) -> Result<Option<Format>, Error> {
    let at = |offset: usize, bytes: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(bytes));
    if at(0, b"RIFF") || at(0, b"RF64") || at(0, b"BW64") {
        return riff_form(head.get(8..12).unwrap_or_default());
    }
    if at(0, b"fLaC") {
        return Ok(Some(Format::Flac));
    }
    if at(0, b"OggS") {
        return Ok(Some(Format::Ogg));
    }
    if at(4, b"ftyp") {
        return Ok(Some(Format::Mp4));
    }
    if at(0, b"\x47") && at(188, b"\x47") && at(376, b"\x47") {
        return Err(Error::UnsupportedFormat("an MPEG transport stream".into()));
    }
    match OTHERS.iter().find(|(offset, bytes, _)| at(*offset, bytes)) {
        Some((_, _, name)) => Err(Error::UnsupportedFormat((*name).into())),
        None => Ok(None),
    }
}

fn riff_form(form: &[u8]) -> Result<Option<Format>, Error> {
    match form {
        b"WAVE" => Ok(Some(Format::Wave)),
        b"AVI " => Err(Error::UnsupportedFormat("an AVI film".into())),
        b"WEBP" => Err(Error::UnsupportedFormat("a WebP picture".into())),
        b"RMID" => Err(Error::UnsupportedFormat("MIDI".into())),
        _ => Err(Error::UnrecognisedFormat),
    }
}
