//! The header: a list of objects that ends where the data begins.

use std::io::{Read, Seek};

use super::bytes::Bytes;
use super::objects::{self, AudioStream};
use super::source::Source;
use crate::asf::{Attribute, Error, guid};

/// The longest object of a header that is read; pictures are the longest that there are.
const LONGEST: u64 = 32 << 20;
/// The most bytes that the objects of one header are read for.
const BUDGET: u64 = 64 << 20;
/// The most objects in a header.
const MOST_OBJECTS: usize = 4096;
/// How far the data is looked for behind an object whose size can't be.
const SEARCH: u64 = 4 << 20;
/// Bytes before the first packet of a data object.
const DATA_HEAD: u64 = 50;

/// What a file says before its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Length of the data packets in bytes.
    pub packet_size: u32,
    /// Data packets; 0 where the file does not say (as in a broadcast).
    pub packets: u64,
    /// Length in 100 ns units with the preroll; 0 where the file does not say.
    pub play_duration: u64,
    /// How long players wait before they start, in ms; presentation times are put off by that.
    pub preroll: u64,
    /// Whether the file was cut from a broadcast, so that its sizes mean nothing.
    pub broadcast: bool,
    /// The audio streams in the order of their descriptions.
    pub audio: Vec<AudioStream>,
    /// The number of other streams.
    pub other_streams: usize,
    /// Names and descriptions of the codecs that made the streams.
    pub codecs: Vec<String>,
    /// What the file says about its content, in the order of the file.
    pub attributes: Vec<Attribute>,
    /// Whether an object announces encryption.
    pub protected: bool,
    /// Where the first data packet is.
    pub(super) data_start: u64,
    /// Where the data ends, if the file says so and that can be.
    pub(super) data_end: Option<u64>,
}

impl Header {
    /// Reads the header of the file `input`, from its start.
    ///
    /// A file that is encrypted or has no audio is none of this function's business.
    ///
    /// # Errors
    /// [`Error::NotAsf`], [`Error::Truncated`], [`Error::Damaged`] or [`Error::Read`].
    pub fn read<R: Read + Seek>(input: R) -> Result<Self, Error> {
        Self::parse(&mut Source::new(input)?)
    }

    pub(super) fn parse<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Error> {
        if source.left() < 16 || source.array("header")? != guid::HEADER {
            return Err(Error::NotAsf);
        }
        // Its size and number of objects are often wrong, and not needed: the data ends it.
        source.array::<14>("header")?;
        let mut header = Self::default();
        let mut budget = BUDGET;
        for _ in 0..MOST_OBJECTS {
            if header.object(source, &mut budget)? {
                return Ok(header);
            }
        }
        Err(Error::damaged(source.position, "an endless list of objects"))
    }

    /// Reads one object; says whether it was the data's.
    fn object<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        budget: &mut u64,
    ) -> Result<bool, Error> {
        let start = source.position;
        let head = source.array::<24>("header")?;
        let mut bytes = Bytes::new(&head);
        let (id, size) = (bytes.guid().unwrap_or_default(), bytes.u64().unwrap_or(0));
        if id == guid::DATA {
            return self.data(source, start, size).map(|()| true);
        }
        let fits = size >= 24 && start.checked_add(size).is_some_and(|end| end < source.len);
        if !fits {
            find_data(source, start)?;
            return Ok(false);
        }
        let body = size - 24;
        if body <= LONGEST && body <= *budget && objects::is_known(&id) {
            *budget -= body;
            let bytes = source.body(body, "header")?;
            // An object that is cut short says what it can; the next may say the rest.
            let _ = self.take(&id, &bytes);
        } else {
            source.seek(start + size)?;
        }
        Ok(false)
    }

    fn data<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        start: u64,
        size: u64,
    ) -> Result<(), Error> {
        let head = source.array::<26>("header")?;
        self.data_start = start + DATA_HEAD;
        let packets = Bytes::new(&head[16..]).u64().unwrap_or(0);
        if !self.broadcast && packets != 0 {
            self.packets = packets;
        }
        let end = start.checked_add(size).filter(|_| size > DATA_HEAD && !self.broadcast);
        self.data_end = end.filter(|&end| end <= source.len);
        if self.packet_size == 0 {
            return Err(Error::damaged(start, "no file properties before the data"));
        }
        Ok(())
    }
}

/// Moves to the data object that follows `start` nearby.
fn find_data<R: Read + Seek>(source: &mut Source<R>, start: u64) -> Result<(), Error> {
    source.seek(start + 1)?;
    let bytes = source.body(source.left().min(SEARCH), "header")?;
    let found = bytes.windows(16).position(|window| window == guid::DATA);
    let found = found.ok_or_else(|| {
        let cut = bytes.len() as u64 + start + 1 == source.len;
        let truncated = Error::Truncated { offset: source.len, part: "header" };
        if cut { truncated } else { Error::damaged(start, "an object of an impossible size") }
    })?;
    source.seek(start + 1 + found as u64)
}
