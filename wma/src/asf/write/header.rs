//! The header of a file (section 3), all of it written before the data but for a few numbers.

use super::attributes::Sorted;
use super::mux::Config;
use crate::asf::attribute::put_text;
use crate::asf::guid::{self, Guid};
use crate::asf::{Error, WaveFormat};

/// The number of the stream.
pub(super) const STREAM: u8 = 1;
/// The header, and the data object up to its first packet.
pub(super) struct Front {
    pub(super) bytes: Vec<u8>,
    /// Where the file properties' file id is; the numbers to patch follow it.
    pub(super) properties: u64,
    /// Where the data object begins.
    pub(super) data: u64,
}

/// The fields that are known at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) file_id: Guid,
    pub(super) file_size: u64,
    pub(super) packets: u64,
    /// In 100 ns, preroll included.
    pub(super) play_duration: u64,
    /// In 100 ns.
    pub(super) send_duration: u64,
}

/// The first five fields of file properties.
pub(super) fn properties(totals: &Totals, created: u64) -> Vec<u8> {
    let mut bytes = totals.file_id.to_vec();
    let numbers =
        [totals.file_size, created, totals.packets, totals.play_duration, totals.send_duration];
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// The head of the data object, with no packets and no size yet.
pub(super) fn data_head(file_id: &Guid, packets: u64, packet_bytes: u64) -> Vec<u8> {
    let mut bytes = guid::DATA.to_vec();
    bytes.extend_from_slice(&(50 + packet_bytes).to_le_bytes());
    bytes.extend_from_slice(file_id);
    bytes.extend_from_slice(&packets.to_le_bytes());
    bytes.extend_from_slice(&[1, 1]);
    bytes
}

impl Front {
    pub(super) fn new(config: &Config<'_>, packet_size: u32, preroll: u64) -> Result<Self, Error> {
        let attributes = Sorted::new(config.attributes)?;
        let max_bitrate = u64::from(config.format.bytes_per_second) * 8;
        let max_bitrate = u32::try_from(max_bitrate).unwrap_or(u32::MAX);
        let mut file = properties(&Totals::default(), config.created);
        file.extend_from_slice(&preroll.to_le_bytes());
        file.extend_from_slice(&2_u32.to_le_bytes());
        file.extend_from_slice(&packet_size.to_le_bytes());
        file.extend_from_slice(&packet_size.to_le_bytes());
        file.extend_from_slice(&max_bitrate.to_le_bytes());

        let mut bytes = Vec::new();
        object(&mut bytes, &guid::FILE_PROPERTIES, &file);
        object(&mut bytes, &guid::STREAM_PROPERTIES, &stream_properties(&config.format)?);
        object(&mut bytes, &guid::HEADER_EXTENSION, &attributes.extension()?);
        let mut objects = 5_u32;
        if let Some(description) = attributes.description()? {
            object(&mut bytes, &guid::CONTENT_DESCRIPTION, &description);
            objects += 1;
        }
        if let Some(extended) = attributes.extended_description()? {
            object(&mut bytes, &guid::EXTENDED_CONTENT_DESCRIPTION, &extended);
            objects += 1;
        }
        object(&mut bytes, &guid::CODEC_LIST, &codec_list(config)?);
        let mut rates = vec![1, 0, STREAM, 0];
        rates.extend_from_slice(&max_bitrate.to_le_bytes());
        object(&mut bytes, &guid::STREAM_BITRATES, &rates);

        let mut head = guid::HEADER.to_vec();
        head.extend_from_slice(&(30 + bytes.len() as u64).to_le_bytes());
        head.extend_from_slice(&objects.to_le_bytes());
        head.extend_from_slice(&[1, 2]);
        // File properties come first, behind the two heads.
        let properties = head.len() as u64 + 24;
        head.append(&mut bytes);
        let data = head.len() as u64;
        head.extend_from_slice(&data_head(&Guid::default(), 0, 0));
        Ok(Self { bytes: head, properties, data })
    }
}

/// Appends an object.
pub(super) fn object(out: &mut Vec<u8>, id: &Guid, body: &[u8]) {
    out.extend_from_slice(id);
    out.extend_from_slice(&(24 + body.len() as u64).to_le_bytes());
    out.extend_from_slice(body);
}

fn stream_properties(format: &WaveFormat) -> Result<Vec<u8>, Error> {
    if format.extra.len() > WaveFormat::EXTRA_LIMIT {
        return Err(Error::TooLarge("the codec's configuration"));
    }
    let mut specific = Vec::new();
    format.write(&mut specific);
    // Error correction by spreading, with a span of one packet, which spreads nothing.
    let mut correction = vec![1];
    correction.extend_from_slice(&format.block_align.to_le_bytes());
    correction.extend_from_slice(&format.block_align.to_le_bytes());
    correction.extend_from_slice(&[1, 0, 0]);
    let mut bytes = guid::AUDIO_MEDIA.to_vec();
    bytes.extend_from_slice(&guid::AUDIO_SPREAD);
    bytes.extend_from_slice(&0_u64.to_le_bytes());
    for part in [&specific, &correction] {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(0).to_le_bytes());
    }
    bytes.extend_from_slice(&u16::from(STREAM).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.append(&mut specific);
    bytes.append(&mut correction);
    Ok(bytes)
}

fn codec_list(config: &Config<'_>) -> Result<Vec<u8>, Error> {
    let mut bytes = guid::CODEC_LIST_RESERVED.to_vec();
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    for text in [config.codec_name, config.codec_description] {
        let mut units = Vec::new();
        put_text(&mut units, text);
        bytes.extend_from_slice(&width(units.len() / 2, "the codec's name")?.to_le_bytes());
        bytes.append(&mut units);
    }
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&config.format.tag.to_le_bytes());
    Ok(bytes)
}

/// A length for a field of 16 bits; what has it is named.
pub(super) fn width(length: usize, what: &'static str) -> Result<u16, Error> {
    u16::try_from(length).map_err(|_| Error::TooLarge(what))
}
