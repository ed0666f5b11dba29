//! Whether AAC packets carry spectral band replication that nothing announces.
//!
//! HE-AAC in ADTS looks like AAC-LC at half the rate; its extra data sits in a fill element at
//! the end of each packet (ISO/IEC 14496-3, 4.4.2.1 and 4.5.2.8). A packet can't be parsed up to
//! there without decoding it, but it can be read from its end: the last set bits are the end
//! mark, and a fill element before it must state exactly the length that lies between.

/// The longest fill element in bytes: 14 + 255.
const LONGEST: usize = 269;

/// Counts packets and says when enough of them look like HE-AAC.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Detector {
    packets: u32,
    with_sbr: u32,
}

impl Detector {
    /// Packets to look at; a packet of AAC-LC matches by chance once in about fifty.
    const SAMPLE: u32 = 24;

    /// Takes a packet and returns whether the stream is HE-AAC, as soon as that is certain.
    pub(crate) fn is_sbr(&mut self, packet: &[u8]) -> bool {
        if self.packets >= Self::SAMPLE {
            return false;
        }
        self.packets += 1;
        self.with_sbr += u32::from(ends_with_sbr(packet));
        self.packets >= 8 && self.with_sbr * 4 >= self.packets * 3
    }
}

/// Whether the packet ends with a fill element that holds SBR data.
fn ends_with_sbr(packet: &[u8]) -> bool {
    let Some(last) = packet.iter().rposition(|&byte| byte != 0) else { return false };
    let end = last * 8 + 8 - packet[last].trailing_zeros() as usize;
    // ID_END is 111, and nothing but zeros follows it.
    end > 16 && bits(packet, end - 3, 3) == 7 && element_before(packet, end - 3, 2)
}

/// Whether a fill element with SBR data ends at bit `end`, or one does before `others` others.
fn element_before(packet: &[u8], end: usize, others: usize) -> bool {
    (0..=LONGEST).any(|count| {
        let header = if count < 15 { 7 } else { 15 };
        let Some(start) = end.checked_sub(8 * count + header) else { return false };
        if !is_fill(packet, start, count) {
            return false;
        }
        match bits(packet, start + header, 4) {
            0b1101 | 0b1110 if count > 0 => true,
            _ => others > 0 && count != 1 && element_before(packet, start, others - 1),
        }
    })
}

/// Whether bit `start` begins an `ID_FIL` (110) that states `count` bytes.
fn is_fill(packet: &[u8], start: usize, count: usize) -> bool {
    let stated = match bits(packet, start + 3, 4) {
        15 if count >= 15 => 14 + bits(packet, start + 7, 8),
        short => short,
    };
    bits(packet, start, 3) == 6 && stated == count
}

fn bits(packet: &[u8], start: usize, count: usize) -> usize {
    (start..start + count).fold(0, |value, at| {
        let byte = packet.get(at / 8).copied().unwrap_or(0);
        value << 1 | usize::from(byte >> (7 - at % 8) & 1)
    })
}
