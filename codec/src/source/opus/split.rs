//! A packet of several streams, taken apart (RFC 6716, appendix B).

/// Puts the first stream's packet of `data`, which states its own length, into `packet` in the
/// usual form, and returns the rest of `data`; `None` if it is malformed.
pub(super) fn first<'a>(data: &'a [u8], packet: &mut Vec<u8>) -> Option<&'a [u8]> {
    let toc = *data.first()?;
    let mut at = 1;
    let mut padding = 0;
    // Lengths that are stated before the one that only this form has.
    let mut stated = 0;
    let mut equal = 1;
    match toc & 3 {
        0 => {}
        1 => equal = 2,
        2 => stated = length(data, &mut at)?,
        _ => {
            let count = *data.get(at)?;
            at += 1;
            if count & 0x40 != 0 {
                padding = padding_length(data, &mut at)?;
            }
            let frames = usize::from(count & 0x3f);
            if count & 0x80 == 0 {
                equal = frames;
            } else {
                for _ in 1..frames {
                    stated += length(data, &mut at)?;
                }
            }
        }
    }
    let field = at;
    let last = length(data, &mut at)?;
    let end = at + stated + last * equal + padding;
    let body = data.get(at..end)?;
    packet.clear();
    packet.extend_from_slice(&data[..field]);
    packet.extend_from_slice(body);
    Some(&data[end..])
}

/// A frame's length (RFC 6716, 3.2.1).
fn length(data: &[u8], at: &mut usize) -> Option<usize> {
    let first = usize::from(*data.get(*at)?);
    *at += 1;
    if first < 252 {
        return Some(first);
    }
    let second = usize::from(*data.get(*at)?);
    *at += 1;
    Some(4 * second + first)
}

/// The length of the padding (RFC 6716, 3.2.5).
fn padding_length(data: &[u8], at: &mut usize) -> Option<usize> {
    let mut all = 0;
    loop {
        let byte = usize::from(*data.get(*at)?);
        *at += 1;
        if byte < 255 {
            return Some(all + byte);
        }
        all += 254;
    }
}
