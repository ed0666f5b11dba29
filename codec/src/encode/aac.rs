//! AAC-LC in ADTS by the FDK encoder.

use std::io::{BufWriter, Write};

use fdk::{Config, Profile, Transport};

use super::{Encoded, Encoder, Recipe, failed};
use crate::Error;
use crate::block::Block;
use crate::tags::Tags;

/// Programs that guess a format from its bytes want to see a few frames of ADTS in a row.
const LEAST_UNITS: u64 = 4;

/// Writes an ADTS stream, which has no way to state its delay: one frame is left in front,
/// since a decoder needs it to start well, and the receipt says so.
pub(crate) struct AacEncoder<'a, W: Write> {
    fdk: fdk::Encoder,
    output: BufWriter<&'a mut W>,
    channels: usize,
    pcm: Vec<i16>,
    /// Access units at the start that hold nothing but the encoder's delay.
    idle: u64,
    delay: u64,
    units: u64,
    frames: u64,
    written: u64,
}

impl<'a, W: Write> AacEncoder<'a, W> {
    /// Writes the tag and opens the encoder.
    pub(crate) fn new(recipe: &Recipe, tags: &'a Tags, output: &'a mut W) -> Result<Self, Error> {
        let channels = recipe.layout.channels();
        let config = Config {
            sample_rate: recipe.rate,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            bitrate: recipe.bitrate,
            profile: Profile::LowComplexity,
            transport: Transport::Adts,
        };
        let fdk = fdk::Encoder::new(&config).map_err(failed)?;
        let (unit, delay) = (fdk.frame_len() as u64, fdk.delay() as u64);
        let idle = (delay / unit).saturating_sub(1);
        let mut output = BufWriter::with_capacity(64 * 1024, output);
        output.write_all(&tags.id3v2).map_err(Error::Write)?;
        Ok(Self {
            fdk,
            output,
            channels,
            pcm: Vec::new(),
            idle,
            delay: delay - idle * unit,
            units: 0,
            frames: 0,
            written: 0,
        })
    }

    /// Encodes all of `pcm`.
    fn drain(&mut self) -> Result<(), Error> {
        let mut start = 0;
        while start < self.pcm.len() {
            let (taken, unit) = self.fdk.encode(&self.pcm[start..]).map_err(failed)?;
            if taken == 0 && unit.is_empty() {
                return Err(failed("the AAC encoder takes no samples"));
            }
            start += taken;
            if !unit.is_empty() {
                self.units += 1;
            }
            if !unit.is_empty() && self.units > self.idle {
                self.written += unit.len() as u64;
                self.output.write_all(unit).map_err(Error::Write)?;
            }
        }
        self.pcm.clear();
        Ok(())
    }
}

impl<W: Write> Encoder for AacEncoder<'_, W> {
    fn write(&mut self, block: &Block) -> Result<(), Error> {
        self.frames += block.frames() as u64;
        for frame in 0..block.frames() {
            for plane in &block.planes {
                let level = (plane[frame] * 32_768.0).clamp(-32_768.0, 32_767.0);
                #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
                self.pcm.push((level + 0.5_f32.copysign(level)) as i16);
            }
        }
        self.drain()
    }

    fn finish(mut self: Box<Self>) -> Result<Encoded, Error> {
        let unit_len = self.fdk.frame_len() as u64;
        let units = (self.frames + self.delay).div_ceil(unit_len).max(LEAST_UNITS);
        let wanted = self.idle + units;
        // Silence pushes the last samples out, as flushing would, but in units that are counted.
        while self.units < wanted {
            self.pcm.resize(self.fdk.frame_len() * self.channels, 0);
            self.drain()?;
        }
        self.output.flush().map_err(Error::Write)?;
        let decoded = (self.units - self.idle) * unit_len;
        Ok(Encoded {
            frames: self.frames,
            delay: Some(self.delay),
            padding: Some(decoded - self.delay - self.frames),
            bytes: self.written,
            notes: vec![
                "An AAC stream (ADTS) can't state its delay, so players add it as silence.",
            ],
            ..Encoded::default()
        })
    }
}
