//! Putting tags into the form of the target, and counting what fitted.

use lofty::TextEncoding;
use lofty::config::WriteOptions;
use lofty::id3::v2::{ExtendedTextFrame, Frame, Id3v2Tag};
use lofty::iff::wav::RiffInfoList;
use lofty::ogg::OggPictureStorage;
use lofty::ogg::tag::VorbisComments;
use lofty::picture::PictureInformation;
use lofty::tag::{SplitTag, Tag, TagExt};

use super::{Found, Tags};
use crate::Target;

/// The largest `ID3v2` tag: a size of 28 bits.
const ID3V2_LIMIT: usize = 1 << 28;

/// Makes the tags of a `target` file.
pub(crate) fn write(found: Found, target: Target) -> Tags {
    let Found { known, mut custom, report } = found;
    let mut tags = Tags { report, ..Tags::default() };
    let known = known.filter(|tag| !tag.is_empty());
    if known.is_none() && custom.is_empty() {
        return tags;
    }
    custom.retain(|(name, value)| !name.is_empty() && !value.is_empty());
    let known = known.unwrap_or_else(|| Tag::new(lofty::tag::TagType::VorbisComments));
    let carried = match target {
        Target::Ogg => comments(&known, &custom, &mut tags),
        Target::Wma => asf(&known, &custom, &mut tags),
        Target::Mp3 | Target::Aac | Target::Wav => id3v2(&known, &custom, &mut tags),
    };
    if target == Target::Wav {
        let info = RiffInfoList::from(known.clone());
        // Players that know no ID3 in WAV still find the main fields.
        if !info.is_empty() && info.dump_to(&mut tags.riff_info, options()).is_err() {
            tags.riff_info.clear();
        }
    }
    count(&known, &carried, custom.len(), &mut tags);
    tags
}

fn options() -> WriteOptions {
    WriteOptions::default().preferred_padding(0)
}

/// Fills `tags.id3v2` and returns what of the known fields is in it.
fn id3v2(known: &Tag, custom: &[(String, String)], tags: &mut Tags) -> Tag {
    let mut tag = Id3v2Tag::from(known.clone());
    for (name, value) in custom {
        let frame = ExtendedTextFrame::new(TextEncoding::UTF8, name.clone(), value.clone());
        tag.insert(Frame::UserText(frame));
    }
    let done = tag.dump_to(&mut tags.id3v2, options()).is_ok();
    if !done || tags.id3v2.len() >= ID3V2_LIMIT {
        tags.id3v2.clear();
        tags.report.dropped.push("all tags: they do not fit into an ID3v2 tag".into());
        return Tag::new(known.tag_type());
    }
    tag.split_tag().1
}

/// Fills `tags.comments` and returns what of the known fields is in it.
fn comments(known: &Tag, custom: &[(String, String)], tags: &mut Tags) -> Tag {
    let comments = VorbisComments::from(known.clone());
    let text = comments.items().chain(custom.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    for (name, value) in text {
        // Vorbis I, 5.2.2: printable ASCII without the equals sign; and C strings hold no NUL.
        if name.bytes().all(|b| (0x20..=0x7d).contains(&b) && b != b'=') && !value.contains('\0') {
            tags.comments.push((name.to_uppercase(), value.into()));
        } else {
            tags.report.dropped.push(format!("{}: no such name in Vorbis", name.escape_debug()));
        }
    }
    for (picture, _) in comments.pictures() {
        let information = PictureInformation::from_picture(picture).unwrap_or_default();
        let bytes = picture.as_flac_bytes(information, true);
        if let Ok(text) = String::from_utf8(bytes) {
            tags.comments.push(("METADATA_BLOCK_PICTURE".into(), text));
        }
    }
    comments.split_tag().1
}

/// Fills `tags.asf` and returns what of the known fields is in it.
fn asf(known: &Tag, custom: &[(String, String)], tags: &mut Tags) -> Tag {
    let (attributes, carried) = super::asf::write(known, custom);
    tags.asf = attributes;
    carried
}

/// Compares what was there with what got through.
fn count(known: &Tag, carried: &Tag, custom: usize, tags: &mut Tags) {
    let mut fields = 0;
    for item in known.items() {
        if carried.get(item.key()).is_some() {
            fields += 1;
        } else {
            tags.report.dropped.push(format!("{:?}: the format has no field for it", item.key()));
        }
    }
    let there = |tag: &Tag| usize::try_from(tag.picture_count()).unwrap_or(0);
    tags.report.pictures = there(carried);
    tags.report.fields = if carried.is_empty() && custom == 0 { 0 } else { fields + custom };
    for _ in there(carried)..there(known) {
        tags.report.dropped.push("a picture: the format has no place for it".into());
    }
}
