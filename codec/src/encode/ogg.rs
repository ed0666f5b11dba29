//! Vorbis in Ogg by libvorbis (aoTuV and Lancer).

use std::io::{BufWriter, Write};
use std::num::{NonZeroU8, NonZeroU32};

use vorbis_rs::{
    VorbisBitrateManagementStrategy as Strategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError,
};

use super::{Encoded, Encoder, Recipe, failed};
use crate::Error;
use crate::block::Block;
use crate::layout::VORBIS_ORDER;
use crate::tags::Tags;

/// Frames given to the encoder at once; it slows down with more.
const PIECE: usize = 4096;

/// A nominal bit rate of 44.1 kHz stereo in bits/s for each quality from -0.2 by tenths.
const NOMINAL: [f32; 13] =
    [32e3, 48e3, 64e3, 80e3, 96e3, 112e3, 128e3, 160e3, 192e3, 224e3, 256e3, 320e3, 500e3];

/// Writes an Ogg Vorbis file.
pub(crate) struct OggEncoder<'a, W: Write> {
    vorbis: VorbisEncoder<Counter<BufWriter<&'a mut W>>>,
    order: &'static [usize],
    frames: u64,
}

impl<'a, W: Write> OggEncoder<'a, W> {
    /// Writes the headers, comments included.
    pub(crate) fn new(recipe: &Recipe, tags: &'a Tags, output: &'a mut W) -> Result<Self, Error> {
        let channels = recipe.layout.channels();
        let order =
            *VORBIS_ORDER.get(channels).ok_or_else(|| failed("too many channels for Vorbis"))?;
        let sink = Counter { inner: BufWriter::with_capacity(64 * 1024, output), bytes: 0 };
        let rate = NonZeroU32::new(recipe.rate).ok_or_else(|| failed("no sample rate"))?;
        let count = u8::try_from(channels).ok().and_then(NonZeroU8::new);
        let count = count.ok_or_else(|| failed("no channels"))?;
        // A constant serial number keeps the result the same for the same input.
        let mut builder = VorbisEncoderBuilder::new_with_serial(rate, count, sink, 0x005d_3111);
        builder.bitrate_management_strategy(strategy(recipe));
        // A stream of one page leaves its start open to players; what may be short has small ones.
        match recipe.frames {
            None => builder.minimum_page_data_size(Some(2048)),
            Some(frames) if frames < 60 * u64::from(recipe.rate) => {
                builder.minimum_page_data_size(Some(512))
            }
            Some(_) => &mut builder,
        };
        for (name, value) in &tags.comments {
            builder.comment_tag(name, value).map_err(translate)?;
        }
        let vorbis = builder.build().map_err(translate)?;
        Ok(Self { vorbis, order, frames: 0 })
    }
}

impl<W: Write> Encoder for OggEncoder<'_, W> {
    fn write(&mut self, block: &Block) -> Result<(), Error> {
        self.frames += block.frames() as u64;
        for start in (0..block.frames()).step_by(PIECE) {
            let end = block.frames().min(start + PIECE);
            let mut planes: [&[f32]; 8] = [&[]; 8];
            for (slot, &channel) in planes.iter_mut().zip(self.order) {
                *slot = block.planes.get(channel).map_or(&[][..], |plane| &plane[start..end]);
            }
            self.vorbis.encode_audio_block(&planes[..self.order.len()]).map_err(translate)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded, Error> {
        let mut sink = self.vorbis.finish().map_err(translate)?;
        sink.flush().map_err(Error::Write)?;
        Ok(Encoded { frames: self.frames, bytes: sink.bytes, ..Encoded::default() })
    }
}

/// Variable bit rate of the quality whose nominal bit rate is the recipe's.
fn strategy(recipe: &Recipe) -> Strategy {
    #[expect(clippy::cast_precision_loss, reason = "a bit rate per channel needs no more")]
    let stereo = recipe.bitrate as f32 * 2.0 / recipe.layout.channels().max(1) as f32
        * (44_100.0 / recipe.rate.clamp(22_050, 48_000) as f32);
    let above = NOMINAL.iter().position(|&nominal| nominal >= stereo).unwrap_or(NOMINAL.len() - 1);
    let below = above.saturating_sub(1);
    let span = (NOMINAL[above] - NOMINAL[below]).max(1.0);
    let part = ((stereo - NOMINAL[below]) / span).clamp(0.0, 1.0);
    #[expect(clippy::cast_precision_loss, reason = "an index below thirteen")]
    let quality = (below as f32 + part) / 10.0 - 0.2;
    Strategy::QualityVbr { target_quality: quality.clamp(-0.2, 1.0) }
}

fn translate(error: VorbisError) -> Error {
    match error {
        VorbisError::Io(error) => Error::Write(error),
        error => failed(error),
    }
}

/// Counts what passes.
struct Counter<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
