//! Encodes raw samples (32-bit floats, little-endian, interleaved) to a WMA file:
//!
//!     encode RATE CHANNELS BITRATE SAMPLES FILE

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};

use wma::asf::{Config, Muxer, WaveFormat};
use wma::encode::{Encoder, EncoderConfig, Packet};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rate, channels, bit_rate, samples, file] = arguments.as_slice() else {
        return Err("usage: encode RATE CHANNELS BITRATE SAMPLES FILE".into());
    };
    let config = EncoderConfig {
        sample_rate: rate.parse()?,
        channels: channels.parse()?,
        bit_rate: bit_rate.parse()?,
    };
    let mut encoder = Encoder::new(&config)?;
    let format = encoder.format();
    let format = WaveFormat {
        tag: format.codec.tag(),
        channels: format.channels,
        sample_rate: format.sample_rate,
        bytes_per_second: format.byte_rate,
        block_align: u16::try_from(format.block_align)?,
        bits_per_sample: format.bits_per_sample,
        extra: format.extra.clone(),
    };
    let output = BufWriter::new(File::create(file)?);
    let mut muxer = Muxer::new(output, &Config { format, ..Config::default() })?;
    let rate = u64::from(config.sample_rate);
    let mut put = |packet: Packet<'_>| muxer.write(packet.data, packet.sample * 1000 / rate);

    let mut input = BufReader::new(File::open(samples)?);
    let mut planes = vec![Vec::new(); config.channels.into()];
    let mut frames = 0;
    loop {
        planes.iter_mut().for_each(Vec::clear);
        let mut bytes = Vec::new();
        input.by_ref().take(4096 * 4 * planes.len() as u64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        for frame in bytes.chunks_exact(4 * planes.len()) {
            for (plane, sample) in planes.iter_mut().zip(frame.chunks_exact(4)) {
                plane.push(f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]));
            }
        }
        frames += planes[0].len() as u64;
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        encoder.encode(&planes, &mut put)?;
    }
    encoder.finish(&mut put)?;
    muxer.finish((frames * 10_000_000 + rate / 2) / rate)?;
    Ok(())
}
