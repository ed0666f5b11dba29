//! Windows Media Audio 2 in ASF.

use std::io::{BufWriter, Seek, Write};

use wma::asf::{self, Config, Muxer, WaveFormat};
use wma::encode::{Encoder as Coder, EncoderConfig, Packet};

use super::{Encoded, Encoder, Recipe, failed};
use crate::Error;
use crate::block::Block;
use crate::tags::Tags;

/// Units of the container's times in a second.
const TICKS: u64 = 10_000_000;

/// Writes a WMA file, whose container states the length to the sample.
pub(crate) struct WmaEncoder<'a, W: Write + Seek> {
    coder: Coder,
    muxer: Muxer<BufWriter<&'a mut W>>,
    rate: u64,
    frames: u64,
    bytes: u64,
}

impl<'a, W: Write + Seek> WmaEncoder<'a, W> {
    /// Writes the header, tags included.
    pub(crate) fn new(recipe: &Recipe, tags: &'a Tags, output: &'a mut W) -> Result<Self, Error> {
        let channels = u16::try_from(recipe.layout.channels()).unwrap_or(u16::MAX);
        let config =
            EncoderConfig { sample_rate: recipe.rate, channels, bit_rate: recipe.bitrate };
        let coder = Coder::new(&config).map_err(failed)?;
        let format = coder.format();
        let description = format!(
            "{} kbit/s, {} Hz, {}",
            recipe.bitrate / 1000,
            recipe.rate,
            if channels == 1 { "mono" } else { "stereo" }
        );
        let config = Config {
            format: WaveFormat {
                tag: format.codec.tag(),
                channels,
                sample_rate: recipe.rate,
                bytes_per_second: format.byte_rate,
                block_align: u16::try_from(format.block_align).unwrap_or(u16::MAX),
                bits_per_sample: format.bits_per_sample,
                extra: format.extra.clone(),
            },
            codec_name: "Windows Media Audio V2",
            codec_description: &description,
            attributes: &tags.asf,
            ..Config::default()
        };
        let output = BufWriter::with_capacity(64 * 1024, output);
        let muxer = Muxer::new(output, &config).map_err(translate)?;
        Ok(Self { coder, muxer, rate: recipe.rate.into(), frames: 0, bytes: 0 })
    }
}

/// Puts a packet into the file and returns its length.
fn put<W: Write + Seek>(
    muxer: &mut Muxer<W>,
    bytes: &mut u64,
    rate: u64,
    packet: Packet<'_>,
) -> Result<(), Error> {
    *bytes += packet.data.len() as u64;
    muxer.write(packet.data, packet.sample * 1000 / rate).map_err(translate)
}

impl<W: Write + Seek> Encoder for WmaEncoder<'_, W> {
    fn write(&mut self, block: &Block) -> Result<(), Error> {
        self.frames += block.frames() as u64;
        let planes: &[&[f32]] = match block.planes.as_slice() {
            [mono] => &[mono],
            [left, right] => &[left, right],
            _ => return Err(failed("WMA takes one or two channels")),
        };
        let Self { coder, muxer, bytes, rate, .. } = self;
        coder.encode(planes, &mut |packet| put(muxer, bytes, *rate, packet))
    }

    fn finish(self: Box<Self>) -> Result<Encoded, Error> {
        let Self { coder, mut muxer, rate, frames, mut bytes } = *self;
        let delay = coder.delay();
        let decoded = coder.finish(&mut |packet| put(&mut muxer, &mut bytes, rate, packet))?;
        let duration = u128::from(frames) * u128::from(TICKS) + u128::from(rate / 2);
        let duration = u64::try_from(duration / u128::from(rate)).map_err(failed)?;
        muxer.finish(duration).map_err(translate)?;
        Ok(Encoded {
            frames,
            delay: Some(delay),
            padding: Some(decoded.saturating_sub(delay + frames)),
            bytes,
            ..Encoded::default()
        })
    }
}

fn translate(error: asf::Error) -> Error {
    match error {
        asf::Error::Write(error) => Error::Write(error),
        error => failed(error),
    }
}
