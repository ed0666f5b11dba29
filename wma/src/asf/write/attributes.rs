//! Attributes in the objects that take them (sections 3.10, 3.11 and 4.8).

use super::header::{object, width};
use crate::asf::attribute::put_text;
use crate::asf::guid;
use crate::asf::{Attribute, Error, Value};

/// Attributes by the objects that take them.
pub(super) struct Sorted<'a> {
    /// The content description's fields in their order.
    description: [Option<&'a str>; 5],
    extended: Vec<(&'a Attribute, Vec<u8>)>,
    /// What is too long for the others, or about one stream.
    library: Vec<(&'a Attribute, Vec<u8>)>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(attributes: &'a [Attribute]) -> Result<Self, Error> {
        let mut sorted = Self { description: [None; 5], extended: Vec::new(), library: Vec::new() };
        for attribute in attributes {
            if sorted.describe(attribute) {
                continue;
            }
            let long = attribute.value.to_field(false);
            let fits = u16::try_from(long.len()).is_ok() && attribute.stream == 0;
            if fits && !matches!(attribute.value, Value::Guid(_)) {
                sorted.extended.push((attribute, attribute.value.to_field(true)));
            } else if u32::try_from(long.len()).is_ok() {
                sorted.library.push((attribute, long));
            } else {
                return Err(Error::TooLarge("an attribute"));
            }
        }
        // Some readers stop at the first value of more than 64 KiB.
        sorted.library.sort_by_key(|(_, value)| value.len());
        Ok(sorted)
    }

    /// Takes an attribute as a field of the content description, if it is one and fits.
    fn describe(&mut self, attribute: &'a Attribute) -> bool {
        const NAMES: [&str; 5] = ["Title", "Author", "Copyright", "Description", "Rating"];
        let field = NAMES.iter().position(|name| *name == attribute.name);
        let (Some(field), Value::Text(text), 0) = (field, &attribute.value, attribute.stream)
        else {
            return false;
        };
        let fits = text.encode_utf16().count() < usize::from(u16::MAX / 2) && !text.is_empty();
        let free = fits && self.description[field].is_none();
        if free {
            self.description[field] = Some(text);
        }
        free
    }

    /// The body of the content description, if there is one.
    pub(super) fn description(&self) -> Result<Option<Vec<u8>>, Error> {
        if self.description.iter().all(Option::is_none) {
            return Ok(None);
        }
        let (mut lengths, mut texts) = (Vec::new(), Vec::new());
        for text in self.description {
            let start = texts.len();
            if let Some(text) = text {
                put_text(&mut texts, text);
            }
            let length = width(texts.len() - start, "a text")?;
            lengths.extend_from_slice(&length.to_le_bytes());
        }
        lengths.append(&mut texts);
        Ok(Some(lengths))
    }

    /// The body of the extended content description, if there is one.
    pub(super) fn extended_description(&self) -> Result<Option<Vec<u8>>, Error> {
        if self.extended.is_empty() {
            return Ok(None);
        }
        let count = width(self.extended.len(), "so many attributes")?;
        let mut bytes = count.to_le_bytes().to_vec();
        for (attribute, value) in &self.extended {
            let mut name = Vec::new();
            put_text(&mut name, &attribute.name);
            bytes.extend_from_slice(&width(name.len(), "an attribute's name")?.to_le_bytes());
            bytes.append(&mut name);
            bytes.extend_from_slice(&attribute.value.kind().to_le_bytes());
            bytes.extend_from_slice(&width(value.len(), "an attribute")?.to_le_bytes());
            bytes.extend_from_slice(value);
        }
        Ok(Some(bytes))
    }

    /// The body of the header extension.
    pub(super) fn extension(&self) -> Result<Vec<u8>, Error> {
        let mut inner = Vec::new();
        if !self.library.is_empty() {
            let count = width(self.library.len(), "so many attributes")?;
            let mut bytes = count.to_le_bytes().to_vec();
            for (attribute, value) in &self.library {
                let mut name = Vec::new();
                put_text(&mut name, &attribute.name);
                let length = width(name.len(), "an attribute's name")?;
                for field in [0, attribute.stream, length, attribute.value.kind()] {
                    bytes.extend_from_slice(&field.to_le_bytes());
                }
                let length = u32::try_from(value.len());
                let length = length.map_err(|_| Error::TooLarge("an attribute"))?;
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.append(&mut name);
                bytes.extend_from_slice(value);
            }
            object(&mut inner, &guid::METADATA_LIBRARY, &bytes);
        }
        let mut bytes = guid::EXTENSION_RESERVED.to_vec();
        bytes.extend_from_slice(&6_u16.to_le_bytes());
        let length = u32::try_from(inner.len()).map_err(|_| Error::TooLarge("the pictures"))?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.append(&mut inner);
        Ok(bytes)
    }
}
