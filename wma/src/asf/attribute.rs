//! What a file says about its content: named values, and pictures in them.

use super::read::Bytes;

/// A named value of a file's header.
///
/// The five fields of the content description object are named `Title`, `Author`, `Copyright`,
/// `Description` and `Rating`; the others bear their own names, such as `WM/AlbumTitle`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name, as it is spelled in the file.
    pub name: String,
    /// The value.
    pub value: Value,
    /// The stream that it is about, or 0 for the whole file.
    pub stream: u16,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    Text(String),
    Bytes(Vec<u8>),
    Bool(bool),
    U16(u16),
    U32(u32),
    U64(u64),
    Guid([u8; 16]),
}

impl Attribute {
    /// A text about the whole file.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Text(value.into()), stream: 0 }
    }

    /// A picture, as `WM/Picture`.
    #[must_use]
    pub fn picture(picture: &Picture) -> Self {
        Self { name: Picture::NAME.into(), value: Value::Bytes(picture.to_bytes()), stream: 0 }
    }
}

/// A value as text, where it has a usual one.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{}", u8::from(*value)),
            Self::U16(value) => write!(f, "{value}"),
            Self::U32(value) => write!(f, "{value}"),
            Self::U64(value) => write!(f, "{value}"),
            Self::Bytes(_) | Self::Guid(_) => Ok(()),
        }
    }
}

/// A picture, as in the value of `WM/Picture`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, in the numbers of `ID3v2`'s `APIC`: 3 is the front cover.
    pub kind: u8,
    /// Its media type.
    pub mime: String,
    /// A description.
    pub description: String,
    /// The picture's file.
    pub data: Vec<u8>,
}

impl Picture {
    /// The name of attributes that hold pictures.
    pub const NAME: &'static str = "WM/Picture";

    /// Reads the value of a `WM/Picture`; `None` if it is cut short.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(value);
        let kind = bytes.u8()?;
        let size = usize::try_from(bytes.u32()?).ok()?;
        let mime = bytes.text_to_nul()?;
        let description = bytes.text_to_nul()?;
        // Some writers count the texts in; what is there is the picture.
        let data = bytes.take(size.min(bytes.len()))?.to_vec();
        Some(Self { kind, mime, description, data })
    }

    /// The value of a `WM/Picture`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(&u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_le_bytes());
        put_text(&mut bytes, &self.mime);
        put_text(&mut bytes, &self.description);
        bytes.extend_from_slice(&self.data);
        bytes
    }
}

/// Appends `text` in UTF-16LE with a NUL; text after a NUL of its own is left out.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    let own = text.split('\0').next().unwrap_or_default();
    for unit in own.encode_utf16().chain([0]) {
        out.extend_from_slice(&unit.to_le_bytes());
    }
}

impl Value {
    /// The number of its type.
    pub(super) fn kind(&self) -> u16 {
        match self {
            Self::Text(_) => 0,
            Self::Bytes(_) => 1,
            Self::Bool(_) => 2,
            Self::U32(_) => 3,
            Self::U64(_) => 4,
            Self::U16(_) => 5,
            Self::Guid(_) => 6,
        }
    }

    /// Its bytes; those of a boolean are `wide` (32 bits) in an extended content description.
    pub(super) fn to_field(&self, wide: bool) -> Vec<u8> {
        match self {
            Self::Text(text) => {
                let mut bytes = Vec::new();
                put_text(&mut bytes, text);
                bytes
            }
            Self::Bytes(bytes) => bytes.clone(),
            Self::Bool(value) => {
                let mut bytes = vec![u8::from(*value), 0];
                bytes.resize(if wide { 4 } else { 2 }, 0);
                bytes
            }
            Self::U16(value) => value.to_le_bytes().to_vec(),
            Self::U32(value) => value.to_le_bytes().to_vec(),
            Self::U64(value) => value.to_le_bytes().to_vec(),
            Self::Guid(value) => value.to_vec(),
        }
    }
}
