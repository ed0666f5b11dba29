//! Tags under the names that Windows Media and the players of its files have for them.

use lofty::picture::MimeType;
use lofty::tag::{ItemKey, ItemValue, Tag, TagType};
use wma::asf::{Attribute, Picture};

/// The names of fields that have one of their own; the others go by their Vorbis names.
const NAMES: [(ItemKey, &str); 47] = [
    (ItemKey::TrackTitle, "Title"),
    (ItemKey::TrackArtist, "Author"),
    (ItemKey::CopyrightMessage, "Copyright"),
    (ItemKey::Comment, "Description"),
    (ItemKey::AlbumTitle, "WM/AlbumTitle"),
    (ItemKey::AlbumArtist, "WM/AlbumArtist"),
    (ItemKey::Genre, "WM/Genre"),
    (ItemKey::RecordingDate, "WM/Year"),
    (ItemKey::Year, "WM/Year"),
    (ItemKey::OriginalReleaseDate, "WM/OriginalReleaseTime"),
    (ItemKey::TrackNumber, "WM/TrackNumber"),
    (ItemKey::DiscNumber, "WM/PartOfSet"),
    (ItemKey::Composer, "WM/Composer"),
    (ItemKey::Conductor, "WM/Conductor"),
    (ItemKey::Lyricist, "WM/Writer"),
    (ItemKey::Producer, "WM/Producer"),
    (ItemKey::Director, "WM/Director"),
    (ItemKey::Remixer, "WM/ModifiedBy"),
    (ItemKey::Label, "WM/Publisher"),
    (ItemKey::Publisher, "WM/Publisher"),
    (ItemKey::Lyrics, "WM/Lyrics"),
    (ItemKey::UnsyncLyrics, "WM/Lyrics"),
    (ItemKey::Bpm, "WM/BeatsPerMinute"),
    (ItemKey::InitialKey, "WM/InitialKey"),
    (ItemKey::Mood, "WM/Mood"),
    (ItemKey::Isrc, "WM/ISRC"),
    (ItemKey::Barcode, "WM/Barcode"),
    (ItemKey::CatalogNumber, "WM/CatalogNo"),
    (ItemKey::EncodedBy, "WM/EncodedBy"),
    (ItemKey::Language, "WM/Language"),
    (ItemKey::Script, "WM/Script"),
    (ItemKey::OriginalMediaType, "WM/Media"),
    (ItemKey::ContentGroup, "WM/ContentGroupDescription"),
    (ItemKey::TrackSubtitle, "WM/SubTitle"),
    (ItemKey::SetSubtitle, "WM/SetSubTitle"),
    (ItemKey::FlagCompilation, "WM/IsCompilation"),
    (ItemKey::AlbumTitleSortOrder, "WM/AlbumSortOrder"),
    (ItemKey::AlbumArtistSortOrder, "WM/AlbumArtistSortOrder"),
    (ItemKey::TrackArtistSortOrder, "WM/ArtistSortOrder"),
    (ItemKey::TrackTitleSortOrder, "WM/TitleSortOrder"),
    (ItemKey::MusicBrainzRecordingId, "MusicBrainz/Track Id"),
    (ItemKey::MusicBrainzTrackId, "MusicBrainz/Release Track Id"),
    (ItemKey::MusicBrainzReleaseId, "MusicBrainz/Album Id"),
    (ItemKey::MusicBrainzReleaseGroupId, "MusicBrainz/Release Group Id"),
    (ItemKey::MusicBrainzArtistId, "MusicBrainz/Artist Id"),
    (ItemKey::MusicBrainzReleaseArtistId, "MusicBrainz/Album Artist Id"),
    (ItemKey::MusicBrainzWorkId, "MusicBrainz/Work Id"),
];

/// The attributes for what is known and what is named freely, and what of the known is in them.
pub(super) fn write(known: &Tag, custom: &[(String, String)]) -> (Vec<Attribute>, Tag) {
    let mut attributes = Vec::new();
    let mut carried = Tag::new(known.tag_type());
    for item in known.items() {
        let own = NAMES.iter().find(|(key, _)| *key == item.key()).map(|(_, name)| *name);
        let name = own.or_else(|| item.key().map_key(TagType::VorbisComments));
        let text = match item.value() {
            ItemValue::Text(text) | ItemValue::Locator(text) => Some(text),
            ItemValue::Binary(_) => None,
        };
        if let (Some(name), Some(text)) = (name, text) {
            attributes.push(Attribute::text(name, text.as_str()));
            carried.push_unchecked(item.clone());
        }
    }
    for (name, value) in custom {
        attributes.push(Attribute::text(name.as_str(), value.as_str()));
    }
    for picture in known.pictures() {
        attributes.push(Attribute::picture(&Picture {
            kind: picture.pic_type().as_u8(),
            mime: picture.mime_type().map_or("", MimeType::as_str).into(),
            description: picture.description().unwrap_or_default().into(),
            data: picture.data().to_vec(),
        }));
        carried.push_picture(picture.clone());
    }
    (attributes, carried)
}
