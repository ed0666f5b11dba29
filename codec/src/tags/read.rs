//! Reading the tags of every source format.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lofty::aac::AacFile;
use lofty::ape::ApeTag;
use lofty::config::ParseOptions;
use lofty::error::FileParseError;
use lofty::file::AudioFile;
use lofty::flac::FlacFile;
use lofty::id3::v2::{Frame, Id3v2Tag};
use lofty::iff::wav::WavFile;
use lofty::mp4::{AtomData, AtomIdent, Ilst, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::tag::VorbisComments;
use lofty::ogg::{OpusFile, VorbisFile};
use lofty::tag::{ItemKey, SplitTag, Tag, TagType};

use super::Found;
use crate::Options;
use crate::source::Format;

/// Bytes that are read for the sake of tags; more is taken for an attack.
const BUDGET: u64 = 64 << 20;

/// Fields that describe the source's file rather than its music.
const STALE: [ItemKey; 3] = [ItemKey::EncoderSoftware, ItemKey::EncoderSettings, ItemKey::Length];
/// The same among those named freely.
const STALE_CUSTOM: [&str; 4] = ["iTunSMPB", "iTunNORM", "ENCODER", "iTunPGAP"];

/// Reads what the options ask for; a failure is a line in the report.
pub(crate) fn read<R: Read + Seek>(input: &mut R, format: Format, options: &Options) -> Found {
    if !options.keep_tags && !options.keep_art {
        return Found::default();
    }
    let mut bounded = Bounded { inner: input, left: BUDGET };
    let outcome = catch_unwind(AssertUnwindSafe(|| parse(&mut bounded, format)));
    let mut found = if let Ok(Ok(found)) = outcome {
        found
    } else {
        let mut found = Found::default();
        found.report.dropped.push("all tags: they could not be read".into());
        found
    };
    select(&mut found, options);
    found
}

/// Leaves what is not wanted or no longer true.
fn select(found: &mut Found, options: &Options) {
    let louder = options.gain.is_some_and(|gain| gain != 0.0);
    let is_gain = |key: ItemKey| {
        let gains = [
            ItemKey::ReplayGainAlbumGain,
            ItemKey::ReplayGainAlbumPeak,
            ItemKey::ReplayGainTrackGain,
            ItemKey::ReplayGainTrackPeak,
        ];
        gains.contains(&key)
    };
    if let Some(tag) = &mut found.known {
        tag.retain(|item| {
            options.keep_tags && !STALE.contains(&item.key()) && !(louder && is_gain(item.key()))
        });
        while !options.keep_art && tag.picture_count() > 0 {
            tag.remove_picture(0);
        }
    }
    found.custom.retain(|(name, _)| {
        options.keep_tags && !STALE_CUSTOM.iter().any(|stale| stale.eq_ignore_ascii_case(name))
    });
}

fn parse<R: Read + Seek>(input: &mut R, format: Format) -> Result<Found, FileParseError> {
    input.seek(SeekFrom::Start(0)).map_err(FileParseError::from)?;
    let options = ParseOptions::new().read_properties(false);
    Ok(match format {
        Format::Mpeg => {
            let file = MpegFile::read_from(input, options)?;
            let id3v1 = file.id3v1().cloned().map(Tag::from);
            id3v2(file.id3v2()).or_else(|| ape(file.ape())).or(id3v1.map(plain))
        }
        Format::Adts => {
            let file = AacFile::read_from(input, options)?;
            let id3v1 = file.id3v1().cloned().map(Tag::from);
            id3v2(file.id3v2()).or(id3v1.map(plain))
        }
        Format::Wave => {
            let file = WavFile::read_from(input, options)?;
            let info = file.riff_info().cloned().map(Tag::from);
            id3v2(file.id3v2()).or(info.map(plain))
        }
        Format::Flac => {
            let mut file = FlacFile::read_from(input, options)?;
            let pictures: Vec<_> = lofty::ogg::OggPictureStorage::pictures(&file).to_vec();
            let comments = file.remove_vorbis_comments();
            let mut found = comments.map(vorbis).unwrap_or_default();
            let tag = found.known.get_or_insert_with(|| Tag::new(TagType::VorbisComments));
            for (picture, _) in pictures {
                tag.push_picture(picture);
            }
            Some(found)
        }
        // Tags of FLAC in Ogg are not read by lofty, which then says so.
        Format::Ogg => {
            if let Ok(file) = OpusFile::read_from(input, options) {
                Some(vorbis(file.vorbis_comments().clone()))
            } else {
                input.seek(SeekFrom::Start(0)).map_err(FileParseError::from)?;
                Some(vorbis(VorbisFile::read_from(input, options)?.vorbis_comments().clone()))
            }
        }
        // LATM has no place for tags.
        Format::Loas => None,
        Format::Mp4 => Mp4File::read_from(input, options)?.ilst().map(ilst),
    }
    .unwrap_or_default())
}

fn plain(tag: Tag) -> Found {
    Found { known: Some(tag), ..Found::default() }
}

fn id3v2(tag: Option<&Id3v2Tag>) -> Option<Found> {
    let (rest, known) = tag?.clone().split_tag();
    let custom = (&*rest).into_iter().filter_map(|frame| match frame {
        Frame::UserText(text) => Some((text.description.to_string(), text.content.to_string())),
        _ => None,
    });
    Some(Found { custom: custom.collect(), ..plain(known) })
}

fn ape(tag: Option<&ApeTag>) -> Option<Found> {
    tag.cloned().map(|tag| plain(Tag::from(tag)))
}

fn vorbis(comments: VorbisComments) -> Found {
    let (rest, known) = comments.split_tag();
    let custom = rest.items().map(|(name, value)| (name.into(), value.into())).collect();
    Found { custom, ..plain(known) }
}

fn ilst(tag: &Ilst) -> Found {
    let (rest, known) = tag.clone().split_tag();
    let mut custom = Vec::new();
    for atom in &*rest {
        let AtomIdent::Freeform { name, .. } = atom.ident() else { continue };
        for data in atom.data() {
            if let AtomData::UTF8(text) | AtomData::UTF16(text) = data {
                custom.push((name.to_string(), text.clone()));
            }
        }
    }
    Found { custom, ..plain(known) }
}

/// A reader that fails after so many bytes.
struct Bounded<'a, R> {
    inner: &'a mut R,
    left: u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("the tags are too large"));
        }
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.inner.read(&mut buffer[..wanted])?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for Bounded<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
