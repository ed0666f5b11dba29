//! ADTS frames (ISO/IEC 14496-3, 1.A.2.2).

/// How many frames in a row make a stream, unless the file ends before.
const CHAIN: usize = 3;

/// The length in bytes of the ADTS frame at the start of `bytes`, header included.
pub(crate) fn frame_length(bytes: &[u8]) -> Option<usize> {
    let &[b0, b1, b2, b3, b4, b5, ..] = bytes else { return None };
    let sync = b0 == 0xff && b1 & 0xf6 == 0xf0;
    let rate_known = b2 >> 2 & 15 < 13;
    let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    let header = if b1 & 1 == 0 { 9 } else { 7 };
    (sync && rate_known && length > header).then_some(length)
}

/// Finds the first frame of a stream in `head`; `whole` says that the file ends with it.
pub(crate) fn find(head: &[u8], whole: bool) -> Option<usize> {
    (0..head.len().saturating_sub(6)).find(|&at| head[at] == 0xff && is_stream(&head[at..], whole))
}

fn is_stream(bytes: &[u8], whole: bool) -> bool {
    let mut at = 0;
    for _ in 0..CHAIN {
        let Some(rest) = bytes.get(at..) else { return false };
        match frame_length(rest) {
            Some(length) if rest[1..3] == bytes[1..3] => at += length,
            _ => return whole && at > 0 && (rest.is_empty() || rest.starts_with(b"TAG")),
        }
    }
    true
}
