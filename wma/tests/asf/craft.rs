//! Data packets of every layout that the format allows, put together by hand.

use wma::asf::Config;

use crate::tools::{Chance, format, mux};

/// How the packets of a file are laid out; the codes are the format's two-bit widths.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) packet_size: usize,
    /// Bytes of error correction data, or `None` for no error correction at all.
    pub(crate) correction: Option<u8>,
    pub(crate) multiple: bool,
    pub(crate) packet_length: u8,
    pub(crate) sequence: u8,
    pub(crate) padding: u8,
    pub(crate) replicated: u8,
    pub(crate) offset: u8,
    pub(crate) object: u8,
    pub(crate) payload_length: u8,
    /// Bytes of replicated data: 8 or more.
    pub(crate) extension: u8,
    /// Whether payloads of another stream stand between.
    pub(crate) mixed: bool,
}

impl Layout {
    pub(crate) fn usual() -> Self {
        Self {
            packet_size: 1200,
            correction: Some(2),
            multiple: true,
            packet_length: 0,
            sequence: 0,
            padding: 2,
            replicated: 1,
            offset: 3,
            object: 1,
            payload_length: 2,
            extension: 8,
            mixed: false,
        }
    }

    /// Any layout that can carry what the tests put in.
    pub(crate) fn random(chance: &mut Chance) -> Self {
        Self {
            packet_size: 300 + chance.below(4000),
            correction: [None, Some(0), Some(2), Some(5)][chance.below(4)],
            multiple: chance.below(4) > 0,
            packet_length: [0, 2, 3][chance.below(3)],
            sequence: chance.below(4) as u8,
            padding: 2 + chance.below(2) as u8,
            replicated: 1 + chance.below(3) as u8,
            offset: 2 + chance.below(2) as u8,
            object: 1 + chance.below(3) as u8,
            payload_length: 2 + chance.below(2) as u8,
            extension: [8, 8, 9, 17][chance.below(4)],
            mixed: chance.below(2) > 0,
        }
    }

    /// The packets that carry `objects`, 46 ms each.
    pub(crate) fn packets(&self, objects: &[Vec<u8>], chance: &mut Chance) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        let mut draft = Draft::default();
        for (object, nth) in objects.iter().zip(0_u32..) {
            let mut from = 0;
            while from < object.len() {
                let most = if self.multiple { 62 } else { 1 };
                let fits = draft.payloads < most && self.room(&draft) > 40;
                if self.mixed && fits && chance.below(3) == 0 {
                    let other = chance.bytes(20);
                    self.payload(&mut draft, 2, 7, (&other, 0, 20), 0);
                }
                let room = self.room(&draft);
                if room < 1 || draft.payloads == 63 || !self.multiple && draft.payloads == 1 {
                    packets.push(self.packet(&mut draft));
                    continue;
                }
                let end = object.len().min(from + room);
                // Sometimes an object is broken though it would fit.
                let end = if chance.below(8) == 0 { from + 1 + (end - from) / 2 } else { end };
                self.payload(&mut draft, 1, nth, (object, from, end.min(object.len())), 46 * nth);
                from = end.min(object.len());
            }
        }
        if draft.payloads > 0 {
            packets.push(self.packet(&mut draft));
        }
        packets
    }

    fn width(code: u8) -> usize {
        [0, 1, 2, 4][usize::from(code)]
    }

    /// Bytes of payload data that still fit into the packet.
    fn room(&self, draft: &Draft) -> usize {
        let correction = self.correction.map_or(0, |length| 1 + usize::from(length));
        let lengths = Self::width(self.packet_length)
            + Self::width(self.sequence)
            + Self::width(self.padding);
        let head = correction + 2 + lengths + 6 + 1;
        let payload = 1
            + Self::width(self.object)
            + Self::width(self.offset)
            + Self::width(self.replicated)
            + usize::from(self.extension)
            + 4;
        self.packet_size.saturating_sub(head + draft.bytes.len() + payload)
    }

    fn payload(
        &self,
        draft: &mut Draft,
        stream: u8,
        number: u32,
        (object, from, end): (&[u8], usize, usize),
        time: u32,
    ) {
        let out = &mut draft.bytes;
        out.push(stream | 0x80);
        put(out, self.object, number);
        put(out, self.offset, from as u32);
        put(out, self.replicated, self.extension.into());
        put(out, 3, object.len() as u32);
        put(out, 3, time + 3100);
        out.resize(out.len() + usize::from(self.extension) - 8, 0xee);
        if self.multiple {
            put(out, self.payload_length, (end - from) as u32);
        }
        out.extend_from_slice(&object[from..end]);
        draft.payloads += 1;
    }

    /// Closes a packet: its header, its payloads, and padding up to its size.
    pub(crate) fn packet(&self, draft: &mut Draft) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(length) = self.correction {
            out.push(0x80 | length);
            out.resize(out.len() + usize::from(length), 0);
        }
        let multiple = u8::from(self.multiple);
        out.push(multiple | self.sequence << 1 | self.padding << 3 | self.packet_length << 5);
        out.push(self.replicated | self.offset << 2 | self.object << 4 | 1 << 6);
        let lengths = Self::width(self.packet_length)
            + Self::width(self.sequence)
            + Self::width(self.padding);
        let size = out.len() + lengths + 6 + usize::from(multiple) + draft.bytes.len();
        let padding = self.packet_size - size;
        // A stated length leaves half of the padding unstated.
        let unstated = if self.packet_length == 0 { 0 } else { padding / 2 };
        put(&mut out, self.packet_length, (self.packet_size - unstated) as u32);
        put(&mut out, self.sequence, 1);
        put(&mut out, self.padding, (padding - unstated) as u32);
        put(&mut out, 3, 0);
        put(&mut out, 2, 46);
        if self.multiple {
            out.push(draft.payloads | self.payload_length << 6);
        }
        out.append(&mut draft.bytes);
        out.resize(self.packet_size, 0);
        draft.payloads = 0;
        out
    }
}

/// Payloads on their way into a packet.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) bytes: Vec<u8>,
    pub(crate) payloads: u8,
}

/// Appends a field of a coded width.
pub(crate) fn put(out: &mut Vec<u8>, code: u8, value: u32) {
    out.extend_from_slice(&value.to_le_bytes()[..Layout::width(code)]);
}

/// Where in a file of [`file`] the data object is.
pub(crate) fn data_at(file: &[u8]) -> usize {
    let id = [0x36, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11];
    file.windows(8).position(|window| window == id).unwrap()
}

/// A whole file around packets.
pub(crate) fn file(packet_size: usize, packets: &[Vec<u8>]) -> Vec<u8> {
    let config =
        Config { format: format(), packet_size: Some(packet_size as u32), ..Config::default() };
    let mut file = mux(&config, &[], 1_000_000);
    let data = data_at(&file);
    let index = file.split_off(data + 50);
    for packet in packets {
        file.extend_from_slice(packet);
    }
    let size = file.len() - data;
    file[data + 16..data + 24].copy_from_slice(&(size as u64).to_le_bytes());
    file[data + 40..data + 48].copy_from_slice(&(packets.len() as u64).to_le_bytes());
    file.extend(index);
    file
}
