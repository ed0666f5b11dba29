//! From media objects to a file.

use std::io::{Seek, SeekFrom, Write};

use super::header::{Front, STREAM, Totals, data_head, properties};
use super::index::Index;
use super::packet::{HEAD, PAYLOAD_HEAD, Packet, Part};
use crate::asf::{Attribute, Error, WaveFormat};

/// How long players are told to wait before they start, in ms.
const PREROLL: u32 = 3100;
/// About how long data packets are in bytes, where that is left to the muxer.
const USUAL_PACKET: usize = 4096;
/// The shortest data packet: a head, and a payload with some bytes.
const SHORTEST_PACKET: usize = HEAD + PAYLOAD_HEAD + 64;
/// The longest: its padding's length has 16 bits.
const LONGEST_PACKET: usize = 65_535;

/// What a file is to be.
#[derive(Clone, Debug, Default)]
pub struct Config<'a> {
    /// Codec and shape of the audio.
    pub format: WaveFormat,
    /// The codec's name, such as `Windows Media Audio V2`.
    pub codec_name: &'a str,
    /// What more there is to say of the codec, such as its bit rate.
    pub codec_description: &'a str,
    /// What the file says about its content.
    pub attributes: &'a [Attribute],
    /// When the file was made, in 100 ns from the start of 1601, or 0.
    pub created: u64,
    /// Length of the data packets in bytes; chosen after `format.block_align` if `None`.
    pub packet_size: Option<u32>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Data packets.
    pub packets: u64,
}

/// Writes an ASF file of one audio stream. The same objects give the same bytes.
#[derive(Debug)]
pub struct Muxer<W> {
    output: W,
    created: u64,
    properties: u64,
    data: u64,
    packet_size: u32,
    packet: Packet,
    packets: u32,
    object: u8,
    index: Index,
    digest: Digest,
}

impl<W: Write + Seek> Muxer<W> {
    /// Writes the header to `output`, which is at its start.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if an attribute does not fit, [`Error::Write`].
    pub fn new(mut output: W, config: &Config<'_>) -> Result<Self, Error> {
        let block = usize::from(config.format.block_align) + PAYLOAD_HEAD;
        let fitting = HEAD + block * ((USUAL_PACKET - HEAD) / block).clamp(1, 63);
        let size = config.packet_size.map_or(fitting, |size| size as usize);
        let size = size.clamp(SHORTEST_PACKET, LONGEST_PACKET);
        let packet_size = u32::try_from(size).map_err(|_| Error::TooLarge("a packet"))?;
        let front = Front::new(config, packet_size, PREROLL.into())?;
        output.write_all(&front.bytes).map_err(Error::Write)?;
        Ok(Self {
            output,
            created: config.created,
            properties: front.properties,
            data: front.data,
            packet_size,
            packet: Packet::new(size),
            packets: 0,
            object: 0,
            index: Index::new(),
            digest: Digest::default(),
        })
    }

    /// Writes a media object that is presented at `time` ms from the start.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than 2³²−1 bytes, ms or packets, [`Error::Write`].
    pub fn write(&mut self, object: &[u8], time: u64) -> Result<(), Error> {
        let late = |_| Error::TooLarge("so long a time");
        let presented = u32::try_from(time.saturating_add(PREROLL.into())).map_err(late)?;
        self.digest.take(object);
        let mut from = 0;
        while from < object.len() {
            if self.packet.is_full() {
                self.flush()?;
            }
            if from == 0 {
                self.index.note(time, self.packets);
            }
            let part = Part { object: self.object, whole: object, from, time: presented };
            from += self.packet.put(STREAM, part)?;
        }
        self.object = self.object.wrapping_add(1);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let (first, _) = self.packet.times.unwrap_or_default();
        let sent = first.saturating_sub(PREROLL);
        self.packet.finish(sent, |bytes| self.output.write_all(bytes)).map_err(Error::Write)?;
        self.packets = self.packets.checked_add(1).ok_or(Error::TooLarge("so much audio"))?;
        Ok(())
    }

    /// Writes what is left and makes the header true; the audio lasts `duration`, in 100 ns.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Write`].
    pub fn finish(mut self, duration: u64) -> Result<Summary, Error> {
        if !self.packet.is_empty() {
            self.flush()?;
        }
        let file_id = self.digest.close(duration);
        let index = self.index.to_bytes(&file_id);
        self.output.write_all(&index).map_err(Error::Write)?;
        let packets = u64::from(self.packets);
        let packet_bytes = packets * u64::from(self.packet_size);
        let totals = Totals {
            file_id,
            file_size: self.data + 50 + packet_bytes + index.len() as u64,
            packets,
            play_duration: duration.saturating_add(u64::from(PREROLL) * 10_000),
            send_duration: duration,
        };
        self.patch(self.properties, &properties(&totals, self.created))?;
        self.patch(self.data, &data_head(&file_id, packets, packet_bytes))?;
        self.output.seek(SeekFrom::Start(totals.file_size)).map_err(Error::Write)?;
        self.output.flush().map_err(Error::Write)?;
        Ok(Summary { bytes: totals.file_size, packets })
    }

    fn patch(&mut self, position: u64, bytes: &[u8]) -> Result<(), Error> {
        self.output.seek(SeekFrom::Start(position)).map_err(Error::Write)?;
        self.output.write_all(bytes).map_err(Error::Write)
    }
}

/// A file's id out of its content, so that different files have different ones and the same
/// have the same.
#[derive(Debug, Default)]
struct Digest {
    state: [u64; 2],
}

impl Digest {
    fn take(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut padded = [0; 8];
            padded[..word.len()].copy_from_slice(word);
            self.mix(u64::from_le_bytes(padded));
        }
    }

    fn mix(&mut self, word: u64) {
        let [a, b] = &mut self.state;
        // Two multiplicative hashes by the odd constants of the golden ratio and of pi.
        *a = (a.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        *b = (b.rotate_left(41) ^ word ^ *a >> 32).wrapping_mul(0x3243_f6a8_885a_308d);
    }

    /// A GUID of version 8 (RFC 9562, 5.8): by rules of one's own.
    fn close(&mut self, duration: u64) -> [u8; 16] {
        self.mix(duration);
        self.mix(0);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.state[0].to_le_bytes());
        id[8..].copy_from_slice(&self.state[1].to_le_bytes());
        id[7] = id[7] & 0x0f | 0x80;
        id[8] = id[8] & 0x3f | 0x80;
        id
    }
}
