//! WAV files, as far as the tests need them: packets of Windows Media Audio, 16-bit and float PCM.

use wma::{Codec, StreamFormat};

/// A file of 16-bit samples.
pub(crate) fn pcm(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut format = [1, channels].map(u16::to_le_bytes).concat();
    format.extend([rate, rate * 2 * u32::from(channels)].map(u32::to_le_bytes).concat());
    format.extend([2 * channels, 16].map(u16::to_le_bytes).concat());
    file(&format, &data)
}

/// A file of packets.
pub(crate) fn packets(format: &StreamFormat, packets: &[u8]) -> Vec<u8> {
    let mut header = [format.codec.tag(), format.channels].map(u16::to_le_bytes).concat();
    header.extend([format.sample_rate, format.byte_rate].map(u32::to_le_bytes).concat());
    let short = |value: usize| u16::try_from(value).unwrap().to_le_bytes();
    header.extend(short(format.block_align as usize));
    header.extend(format.bits_per_sample.to_le_bytes());
    header.extend(short(format.extra.len()));
    header.extend(&format.extra);
    file(&header, packets)
}

fn file(format: &[u8], data: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8], body: &[u8]| {
        let size = u32::try_from(body.len()).unwrap().to_le_bytes();
        let padding = &[0][..body.len() % 2];
        [name, &size, body, padding].concat()
    };
    let body = [b"WAVE", &chunk(b"fmt ", format)[..], &chunk(b"data", data)].concat();
    chunk(b"RIFF", &body)
}

/// The format chunk and the data of a file.
pub(crate) fn chunks(file: &[u8]) -> (&[u8], &[u8]) {
    let (mut format, mut rest) = (&[][..], &file[12..]);
    loop {
        let size = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        // A file that was written to a pipe does not state its size.
        let end = (8 + size).min(rest.len());
        match &rest[..4] {
            b"fmt " => format = &rest[8..end],
            b"data" => return (format, &rest[8..end]),
            _ => {}
        }
        rest = &rest[8 + size + size % 2..];
    }
}

/// The stream in a file of packets, and the packets.
pub(crate) fn stream(file: &[u8]) -> (StreamFormat, Vec<u8>) {
    let (format, data) = chunks(file);
    let short = |at: usize| u16::from_le_bytes(format[at..at + 2].try_into().unwrap());
    let word = |at: usize| u32::from_le_bytes(format[at..at + 4].try_into().unwrap());
    let format = StreamFormat {
        codec: Codec::from_tag(short(0)).unwrap(),
        channels: short(2),
        sample_rate: word(4),
        byte_rate: word(8),
        block_align: short(12).into(),
        bits_per_sample: short(14),
        extra: format[18..18 + usize::from(short(16))].to_vec(),
    };
    (format, data.to_vec())
}
