//! The objects of a header that are of use here (sections 3 and 4).

use super::bytes::Bytes;
use super::header::Header;
use crate::asf::guid::{self, Guid};
use crate::asf::{Attribute, Value, WaveFormat};

/// The most attributes that are kept.
const MOST_ATTRIBUTES: usize = 4096;
/// The longest data packet in bytes.
const LONGEST_PACKET: u32 = 1 << 20;
/// The most streams of a file: their numbers have seven bits.
const MOST_STREAMS: usize = 127;
/// The fields of a content description in their order.
const DESCRIPTION: [&str; 5] = ["Title", "Author", "Copyright", "Description", "Rating"];

/// One audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioStream {
    /// Its number in the packets.
    pub number: u8,
    /// Its codec and shape.
    pub format: WaveFormat,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// How its packets were interleaved against losses, if they were.
    pub spread: Option<Spread>,
}

/// Interleaving of a stream's packets: `span` of them, in chunks (section 9.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Packets that are spread over each other.
    pub span: u8,
    /// Length of a packet in bytes.
    pub packet: u16,
    /// Length of a chunk in bytes.
    pub chunk: u16,
}

/// Whether [`Header::take`] has a use for an object.
pub(super) fn is_known(id: &Guid) -> bool {
    [
        guid::FILE_PROPERTIES,
        guid::STREAM_PROPERTIES,
        guid::HEADER_EXTENSION,
        guid::CODEC_LIST,
        guid::CONTENT_DESCRIPTION,
        guid::EXTENDED_CONTENT_DESCRIPTION,
        guid::CONTENT_ENCRYPTION,
        guid::EXTENDED_CONTENT_ENCRYPTION,
    ]
    .contains(id)
}

impl Header {
    /// Takes in what an object's body says, as far as it goes: `None` if it is cut short.
    pub(super) fn take(&mut self, id: &Guid, body: &[u8]) -> Option<()> {
        let bytes = Bytes::new(body);
        match *id {
            guid::FILE_PROPERTIES => self.file_properties(bytes),
            guid::STREAM_PROPERTIES => self.stream_properties(bytes),
            guid::HEADER_EXTENSION => self.extension(bytes),
            guid::CODEC_LIST => self.codec_list(bytes),
            guid::CONTENT_DESCRIPTION => self.content_description(bytes),
            guid::EXTENDED_CONTENT_DESCRIPTION => self.extended_content_description(bytes),
            guid::METADATA | guid::METADATA_LIBRARY => self.metadata(bytes),
            guid::EXTENDED_STREAM_PROPERTIES => self.extended_stream_properties(bytes),
            guid::CONTENT_ENCRYPTION
            | guid::EXTENDED_CONTENT_ENCRYPTION
            | guid::ADVANCED_CONTENT_ENCRYPTION => {
                self.protected = true;
                Some(())
            }
            _ => Some(()),
        }
    }

    fn file_properties(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        bytes.take(16 + 8 + 8)?;
        let packets = bytes.u64()?;
        let play_duration = bytes.u64()?;
        bytes.u64()?;
        self.preroll = bytes.u64()?;
        self.broadcast = bytes.u32()? & 1 != 0;
        let (least, most) = (bytes.u32()?, bytes.u32()?);
        let size = if most == 0 { least } else { most };
        self.packet_size = if size > LONGEST_PACKET { 0 } else { size };
        if !self.broadcast {
            (self.packets, self.play_duration) = (packets, play_duration);
        }
        Some(())
    }

    fn stream_properties(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        let (kind, correction) = (bytes.guid()?, bytes.guid()?);
        bytes.u64()?;
        let (specific, correcting) = (bytes.u32()?, bytes.u32()?);
        let flags = bytes.u16()?;
        bytes.u32()?;
        let number = u8::try_from(flags & 0x7f).unwrap_or(0);
        let seen = self.audio.iter().any(|stream| stream.number == number);
        if seen || self.audio.len() + self.other_streams >= MOST_STREAMS {
            return Some(());
        }
        if kind != guid::AUDIO_MEDIA {
            self.other_streams += 1;
            return Some(());
        }
        let specific = bytes.take(usize::try_from(specific).ok()?.min(bytes.len()))?;
        let correcting = bytes.take(usize::try_from(correcting).ok()?.min(bytes.len()))?;
        let spread =
            if correction == guid::AUDIO_SPREAD { Spread::parse(correcting) } else { None };
        let format = WaveFormat::parse(specific)?;
        self.audio.push(AudioStream { number, format, encrypted: flags & 0x8000 != 0, spread });
        Some(())
    }

    fn extension(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        bytes.take(16 + 2 + 4)?;
        while bytes.len() >= 24 {
            let (id, size) = (bytes.guid()?, bytes.u64()?);
            let body = usize::try_from(size).ok()?.checked_sub(24)?.min(bytes.len());
            let body = bytes.take(body)?;
            if id != guid::HEADER_EXTENSION {
                let _ = self.take(&id, body);
            }
        }
        Some(())
    }

    /// Of these only the stream that may be described within is of use.
    fn extended_stream_properties(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        bytes.take(60)?;
        let (names, extensions) = (bytes.u16()?, bytes.u16()?);
        for _ in 0..names {
            bytes.u16()?;
            let length = bytes.u16()?;
            bytes.take(length.into())?;
        }
        for _ in 0..extensions {
            bytes.take(16 + 2)?;
            let length = bytes.u32()?;
            bytes.take(usize::try_from(length).ok()?)?;
        }
        let (id, size) = (bytes.guid()?, bytes.u64()?);
        if id == guid::STREAM_PROPERTIES {
            let body = usize::try_from(size).ok()?.checked_sub(24)?.min(bytes.len());
            self.stream_properties(Bytes::new(bytes.take(body)?))?;
        }
        Some(())
    }

    fn codec_list(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        bytes.take(16)?;
        for _ in 0..bytes.u32()?.min(128) {
            bytes.u16()?;
            for _ in 0..2 {
                let units = usize::from(bytes.u16()?);
                let text = bytes.text(2 * units)?;
                self.codecs.push(text);
            }
            let length = bytes.u16()?;
            bytes.take(length.into())?;
        }
        Some(())
    }

    fn content_description(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        let mut lengths = [0; 5];
        for length in &mut lengths {
            *length = bytes.u16()?;
        }
        for (name, length) in DESCRIPTION.into_iter().zip(lengths) {
            let text = bytes.text(length.into())?;
            if !text.is_empty() {
                self.keep(Attribute::text(name, text));
            }
        }
        Some(())
    }

    fn extended_content_description(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        for _ in 0..bytes.u16()? {
            let length = bytes.u16()?;
            let name = bytes.text(length.into())?;
            let (kind, length) = (bytes.u16()?, bytes.u16()?);
            let value = bytes.take(length.into())?;
            if let Some(value) = value_of(kind, value) {
                self.keep(Attribute { name, value, stream: 0 });
            }
        }
        Some(())
    }

    fn metadata(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        for _ in 0..bytes.u16()? {
            bytes.u16()?;
            let (stream, name, kind) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
            let length = usize::try_from(bytes.u32()?).ok()?;
            let name = bytes.text(name.into())?;
            let value = bytes.take(length)?;
            if let Some(value) = value_of(kind, value) {
                self.keep(Attribute { name, value, stream });
            }
        }
        Some(())
    }

    fn keep(&mut self, attribute: Attribute) {
        if self.attributes.len() < MOST_ATTRIBUTES {
            self.attributes.push(attribute);
        }
    }
}

/// A value by the number of its type, which are the same in all objects but for the width of
/// booleans.
fn value_of(kind: u16, bytes: &[u8]) -> Option<Value> {
    let mut fields = Bytes::new(bytes);
    Some(match kind {
        0 => Value::Text(fields.text(bytes.len())?),
        1 => Value::Bytes(bytes.to_vec()),
        2 => Value::Bool(fields.u16()? != 0),
        3 => Value::U32(fields.u32()?),
        4 => Value::U64(fields.u64()?),
        5 => Value::U16(fields.u16()?),
        6 => Value::Guid(fields.guid()?),
        _ => return None,
    })
}

impl Spread {
    /// Reads the error correction data of an audio stream; `None` if nothing is interleaved.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(bytes);
        let spread = Self { span: bytes.u8()?, packet: bytes.u16()?, chunk: bytes.u16()? };
        let chunked = spread.chunk > 0
            && spread.packet > spread.chunk
            && spread.packet.is_multiple_of(spread.chunk);
        Some(spread).filter(|spread| spread.span > 1 && chunked)
    }
}
