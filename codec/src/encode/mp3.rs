//! MPEG layer III by LAME, with a Xing/LAME header that states delay, padding and length.

use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::num::NonZeroU32;

use mp3lame_encoder::{Bitrate, Builder, DualPcm, FlushGap, MonoPcm, max_required_buffer_size};

use super::info_frame::{FrameCounter, InfoFrame};
use super::{Encoded, Encoder, Recipe, failed};
use crate::Error;
use crate::block::Block;
use crate::source::Xing;
use crate::tags::Tags;

/// Room for what LAME writes when it is flushed: its reservoir and a few frames.
const FLUSH: usize = 64 * 1024;

/// The least length in bytes of a frame that LAME puts its header into: that of the header, with
/// the largest side information before it.
const LAME_HEADER: u32 = 156 + 36;

/// Writes an MP3 file of constant bit rate.
pub(crate) struct Mp3Encoder<'a, W: Write + Seek> {
    lame: mp3lame_encoder::Encoder,
    output: BufWriter<&'a mut W>,
    bytes: Vec<u8>,
    /// Where the header frame is, after the tag.
    start: u64,
    /// A header frame of ours, where LAME makes none because its frames are too small.
    info: Option<(InfoFrame, FrameCounter)>,
    kbps: u32,
    frames: u64,
    written: u64,
}

impl<'a, W: Write + Seek> Mp3Encoder<'a, W> {
    /// Writes the tag and opens the encoder.
    pub(crate) fn new(recipe: &Recipe, tags: &'a Tags, output: &'a mut W) -> Result<Self, Error> {
        let channels = u8::try_from(recipe.layout.channels()).unwrap_or(u8::MAX);
        let too_small = frame_bytes(recipe) < LAME_HEADER;
        let info = too_small.then(|| InfoFrame::new(recipe.rate, channels.into())).flatten();
        let lame = Builder::new()
            .ok_or_else(|| failed("LAME has no memory"))?
            .with_num_channels(channels)
            .and_then(|b| b.with_sample_rate(recipe.rate))
            .and_then(|b| b.with_output_sample_rate(NonZeroU32::new(recipe.rate)))
            .and_then(|b| b.with_brate(bitrate(recipe.bitrate)))
            .and_then(|b| b.with_to_write_vbr_tag(info.is_none()))
            .and_then(Builder::build)
            .map_err(failed)?;
        let mut output = BufWriter::with_capacity(64 * 1024, output);
        output.write_all(&tags.id3v2).map_err(Error::Write)?;
        let start = tags.id3v2.len() as u64;
        if let Some(info) = &info {
            output.write_all(info.bytes()).map_err(Error::Write)?;
        }
        Ok(Self {
            lame,
            output,
            bytes: Vec::new(),
            start,
            info: info.map(|info| (info, FrameCounter::default())),
            kbps: recipe.bitrate / 1000,
            frames: 0,
            written: 0,
        })
    }

    fn flush_bytes(&mut self) -> Result<(), Error> {
        self.written += self.bytes.len() as u64;
        if let Some((_, counter)) = &mut self.info {
            counter.push(&self.bytes);
        }
        self.output.write_all(&self.bytes).map_err(Error::Write)?;
        self.bytes.clear();
        Ok(())
    }
}

impl<W: Write + Seek> Encoder for Mp3Encoder<'_, W> {
    fn write(&mut self, block: &Block) -> Result<(), Error> {
        self.frames += block.frames() as u64;
        self.bytes.reserve(max_required_buffer_size(block.frames()));
        match block.planes.as_slice() {
            [mono] => self.lame.encode_to_vec(MonoPcm(mono.as_slice()), &mut self.bytes),
            [left, right] => self.lame.encode_to_vec(DualPcm { left, right }, &mut self.bytes),
            _ => return Err(failed("LAME takes one or two channels")),
        }
        .map_err(failed)?;
        self.flush_bytes()
    }

    fn finish(mut self: Box<Self>) -> Result<Encoded, Error> {
        self.bytes.reserve(FLUSH);
        self.lame.flush_to_vec::<FlushGap>(&mut self.bytes).map_err(failed)?;
        self.flush_bytes()?;
        if let Some((mut info, counter)) = self.info.take() {
            info.fill(counter.frames, self.written, self.frames, self.kbps);
            self.bytes.extend_from_slice(info.bytes());
        } else {
            self.bytes.reserve(self.lame.lame_tag_size());
            let made = self.lame.lame_tag_encode_to_vec(&mut self.bytes);
            made.ok_or_else(|| failed("LAME made no header"))?;
        }
        self.output.seek(SeekFrom::Start(self.start)).map_err(Error::Write)?;
        self.output.write_all(&self.bytes).map_err(Error::Write)?;
        self.output.flush().map_err(Error::Write)?;
        let (played, delay, padding) =
            Xing::played(&self.bytes).ok_or_else(|| failed("LAME's header"))?;
        // The header must tell every player the exact length; a wrong one is worse than none.
        if played != self.frames {
            return Err(failed(format!("LAME took {} frames and states {played}", self.frames)));
        }
        Ok(Encoded {
            frames: self.frames,
            delay: Some(delay),
            padding: Some(padding),
            bytes: self.written,
            ..Encoded::default()
        })
    }
}

/// Length of the stream's frames in bytes.
fn frame_bytes(recipe: &Recipe) -> u32 {
    let samples = if recipe.rate >= 32_000 { 1152 } else { 576 };
    samples / 8 * recipe.bitrate / recipe.rate
}

/// LAME's name for a bit rate in bits/s.
fn bitrate(bits: u32) -> Bitrate {
    match bits / 1000 {
        0..=8 => Bitrate::Kbps8,
        9..=16 => Bitrate::Kbps16,
        17..=24 => Bitrate::Kbps24,
        25..=32 => Bitrate::Kbps32,
        33..=40 => Bitrate::Kbps40,
        41..=48 => Bitrate::Kbps48,
        49..=64 => Bitrate::Kbps64,
        65..=80 => Bitrate::Kbps80,
        81..=96 => Bitrate::Kbps96,
        97..=112 => Bitrate::Kbps112,
        113..=128 => Bitrate::Kbps128,
        129..=160 => Bitrate::Kbps160,
        161..=192 => Bitrate::Kbps192,
        193..=224 => Bitrate::Kbps224,
        225..=256 => Bitrate::Kbps256,
        _ => Bitrate::Kbps320,
    }
}
