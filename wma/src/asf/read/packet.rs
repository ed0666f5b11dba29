//! Data packets (section 5.2): which payloads are in one, and what they are parts of.

use std::ops::Range;

use super::bytes::Bytes;

/// A part of a media object, or all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    /// The media object's number, which counts up and wraps.
    pub(super) object: u32,
    /// Whether the object is a key frame.
    pub(super) key: bool,
    /// Where in the object this part begins.
    pub(super) offset: u32,
    /// Length of the object and when it is presented in ms, where the payload says so.
    pub(super) whole: Option<(u32, u32)>,
    /// Where in the packet the part's bytes are.
    pub(super) bytes: Range<usize>,
}

/// The payloads of one stream in the packet at hand.
#[derive(Debug, Default)]
pub(super) struct Packet {
    pub(super) payloads: Vec<Payload>,
    /// When the packet is sent, in ms.
    pub(super) sent: u32,
}

/// The widths of the fields of each payload.
struct Widths {
    properties: u8,
    /// That of the payload's length, if it has one.
    length: u8,
}

impl Packet {
    /// Lists the payloads of `stream` in `packet`. What contradicts the format ends the list
    /// and is named; the payloads before it stay.
    pub(super) fn parse(&mut self, packet: &[u8], stream: u8) -> Result<(), &'static str> {
        const CUT: &str = "a cut packet header";
        self.payloads.clear();
        let mut bytes = Bytes::new(packet);
        let (flags, properties) = start(&mut bytes).ok_or(CUT)?;
        // The stream's number has one byte in every packet that there is.
        if properties >> 6 != 1 {
            return Err("no packet where one should be");
        }
        let stated = bytes.coded(flags >> 5).ok_or(CUT)?;
        bytes.coded(flags >> 1).ok_or(CUT)?;
        let padding = bytes.coded(flags >> 3).ok_or(CUT)?;
        self.sent = bytes.u32().ok_or(CUT)?;
        bytes.u16().ok_or(CUT)?;
        // A packet that states a lesser length than it has is padded with the rest.
        let end = match usize::try_from(stated) {
            Ok(stated) if stated > 0 && flags >> 5 & 3 != 0 => stated.min(packet.len()),
            _ => packet.len(),
        };
        let padding = usize::try_from(padding).unwrap_or(usize::MAX);
        let head = packet.len() - bytes.len();
        let end = end.checked_sub(padding).filter(|&end| end >= head);
        let end = end.ok_or("padding longer than its packet")?;
        let mut bytes = Bytes::new(&packet[..end]);
        bytes.take(head).ok_or(CUT)?;
        if flags & 1 == 0 {
            let widths = Widths { properties, length: 0 };
            return self.payload(&mut bytes, end, &widths, stream, true);
        }
        let count = bytes.u8().ok_or("a packet without payloads")?;
        let widths = Widths { properties, length: count >> 6 };
        for _ in 0..count & 0x3f {
            self.payload(&mut bytes, end, &widths, stream, false)?;
        }
        Ok(())
    }

    fn payload(
        &mut self,
        bytes: &mut Bytes<'_>,
        end: usize,
        widths: &Widths,
        stream: u8,
        single: bool,
    ) -> Result<(), &'static str> {
        const CUT: &str = "a cut payload header";
        let number = bytes.u8().ok_or(CUT)?;
        let object = bytes.coded(widths.properties >> 4).ok_or(CUT)?;
        let offset = bytes.coded(widths.properties >> 2).ok_or(CUT)?;
        let replicated = bytes.coded(widths.properties).ok_or(CUT)?;
        let replicated = usize::try_from(replicated).unwrap_or(usize::MAX);
        let mut replicated = Bytes::new(bytes.take(replicated).ok_or(CUT)?);
        let length = if single || widths.length == 0 {
            bytes.len()
        } else {
            usize::try_from(bytes.coded(widths.length).ok_or(CUT)?).unwrap_or(usize::MAX)
        };
        let from = end - bytes.len();
        let data = bytes.take(length).ok_or("a payload longer than its packet")?;
        if number & 0x7f != stream {
            return Ok(());
        }
        let key = number & 0x80 != 0;
        let range = from..from + length;
        let whole = match replicated.len() {
            0 => None,
            1 => {
                let step = u32::from(replicated.u8().unwrap_or(0));
                return self.compressed(
                    &Payload { object, key, offset, whole: None, bytes: range },
                    step,
                    data,
                );
            }
            _ => {
                let whole = replicated.u32().zip(replicated.u32());
                Some(whole.ok_or("replicated data of an impossible length")?)
            }
        };
        self.payloads.push(Payload { object, key, offset, whole, bytes: range });
        Ok(())
    }

    /// A compressed payload: small whole objects, each behind a byte with its length. The field
    /// of the first one's offset is when it is presented; each other is `step` ms later.
    fn compressed(&mut self, first: &Payload, step: u32, data: &[u8]) -> Result<(), &'static str> {
        let mut at = 0;
        let mut nth = 0;
        while let Some(&length) = data.get(at) {
            let from = at + 1;
            at = from + usize::from(length);
            if at > data.len() {
                return Err("a compressed payload longer than its packet");
            }
            let time = first.offset.wrapping_add(step.wrapping_mul(nth));
            self.payloads.push(Payload {
                object: first.object.wrapping_add(nth),
                key: first.key,
                offset: 0,
                whole: Some((length.into(), time)),
                bytes: first.bytes.start + from..first.bytes.start + at,
            });
            nth += 1;
        }
        Ok(())
    }
}

/// Passes the error correction data and reads the two bytes of flags.
fn start(bytes: &mut Bytes<'_>) -> Option<(u8, u8)> {
    let first = bytes.u8()?;
    if first & 0x80 == 0 {
        return Some((first, bytes.u8()?));
    }
    bytes.take(usize::from(first & 0x0f))?;
    Some((bytes.u8()?, bytes.u8()?))
}
