//! RIFF/WAVE, and RF64 (EBU Tech 3306) for what outgrows it.

use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::{Encoded, Encoder, Recipe, failed};
use crate::block::Block;
use crate::dsp::dither::Dither;
use crate::tags::Tags;
use crate::{BitDepth, Error};

/// Room for the `ds64` chunk that turns a RIFF file into an RF64 one.
const DS64: usize = 28;

/// Writes PCM.
pub(crate) struct WavEncoder<'a, W: Write + Seek> {
    output: BufWriter<&'a mut W>,
    tags: &'a Tags,
    depth: BitDepth,
    channels: usize,
    dither: Option<Dither>,
    bytes: Vec<u8>,
    /// Position of the first sample.
    start: u64,
    /// Whether there is room for `ds64`.
    large: bool,
    frames: u64,
}

impl<'a, W: Write + Seek> WavEncoder<'a, W> {
    /// Writes the header, with lengths still open.
    pub(crate) fn new(recipe: &Recipe, tags: &'a Tags, output: &'a mut W) -> Result<Self, Error> {
        let channels = recipe.layout.channels();
        let frame = channels as u64 * u64::from(recipe.depth.bits() / 8);
        // Other chunks are far smaller than the margin.
        let large = recipe.frames.is_none_or(|n| n.saturating_mul(frame) > 0xe000_0000);
        let mut header = Vec::with_capacity(128);
        header.extend_from_slice(b"RIFF\0\0\0\0WAVE");
        if large {
            chunk(&mut header, *b"JUNK", &[0; DS64]);
        }
        chunk(&mut header, *b"fmt ", &format_chunk(recipe));
        if recipe.depth == BitDepth::Float32 {
            chunk(&mut header, *b"fact", &[0; 4]);
        }
        header.extend_from_slice(b"data\0\0\0\0");
        let mut output = BufWriter::with_capacity(64 * 1024, output);
        output.write_all(&header).map_err(Error::Write)?;
        Ok(Self {
            output,
            tags,
            depth: recipe.depth,
            channels,
            dither: recipe.dither.then(Dither::new),
            bytes: Vec::new(),
            start: header.len() as u64,
            large,
            frames: 0,
        })
    }

    fn frame_bytes(&self) -> u64 {
        self.channels as u64 * u64::from(self.depth.bits() / 8)
    }

    fn patch(&mut self, position: u64, bytes: &[u8]) -> Result<(), Error> {
        self.output.seek(SeekFrom::Start(position)).map_err(Error::Write)?;
        self.output.write_all(bytes).map_err(Error::Write)
    }

    /// Fills in the lengths.
    fn close_header(&mut self, data: u64, end: u64) -> Result<(), Error> {
        let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        if self.depth == BitDepth::Float32 {
            self.patch(self.start - 12, &short(self.frames))?;
        }
        self.patch(self.start - 4, &short(data))?;
        if end - 8 < u64::from(u32::MAX) {
            return self.patch(4, &short(end - 8));
        }
        let mut ds64 = b"ds64".to_vec();
        ds64.extend_from_slice(&short(DS64 as u64));
        for value in [end - 8, data, self.frames] {
            ds64.extend_from_slice(&value.to_le_bytes());
        }
        self.patch(12, &ds64)?;
        self.patch(0, b"RF64\xff\xff\xff\xff")
    }
}

impl<W: Write + Seek> Encoder for WavEncoder<'_, W> {
    fn write(&mut self, block: &Block) -> Result<(), Error> {
        self.frames += block.frames() as u64;
        if !self.large && self.frames * self.frame_bytes() > 0xf000_0000 {
            return Err(failed("more audio than was announced"));
        }
        self.bytes.clear();
        if block.exact.is_empty() {
            interleave(block, self.depth, self.dither.as_mut(), &mut self.bytes);
        } else {
            for frame in 0..block.frames() {
                block
                    .exact
                    .iter()
                    .for_each(|p| self.bytes.extend_from_slice(&p[frame].to_le_bytes()));
            }
        }
        self.output.write_all(&self.bytes).map_err(Error::Write)
    }

    fn finish(mut self: Box<Self>) -> Result<Encoded, Error> {
        let data = self.frames * self.frame_bytes();
        let mut tail = vec![0; usize::from(data % 2 == 1)];
        tail.extend_from_slice(&self.tags.riff_info);
        if !self.tags.id3v2.is_empty() {
            chunk(&mut tail, *b"id3 ", &self.tags.id3v2);
        }
        self.output.write_all(&tail).map_err(Error::Write)?;
        let end = self.start + data + tail.len() as u64;
        self.close_header(data, end)?;
        self.output.flush().map_err(Error::Write)?;
        Ok(Encoded {
            frames: self.frames,
            bytes: data,
            dithered: self.dither.is_some(),
            ..Encoded::default()
        })
    }
}

/// Appends a RIFF chunk, padded to an even length.
fn chunk(out: &mut Vec<u8>, id: [u8; 4], body: &[u8]) {
    out.extend_from_slice(&id);
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
    out.resize(out.len() + body.len() % 2, 0);
}

/// `WAVEFORMATEX`, or `WAVEFORMATEXTENSIBLE` where there are more than two channels or 16 bits.
fn format_chunk(recipe: &Recipe) -> Vec<u8> {
    let channels = u16::try_from(recipe.layout.channels()).unwrap_or(u16::MAX);
    let bits = recipe.depth.bits();
    let block = channels * (bits / 8);
    let tag: u16 = if recipe.depth == BitDepth::Float32 { 3 } else { 1 };
    let extensible = channels > 2 || tag == 1 && bits > 16;
    let mut body = Vec::with_capacity(40);
    body.extend_from_slice(&if extensible { 0xfffe } else { tag }.to_le_bytes());
    body.extend_from_slice(&channels.to_le_bytes());
    body.extend_from_slice(&recipe.rate.to_le_bytes());
    body.extend_from_slice(&recipe.rate.saturating_mul(block.into()).to_le_bytes());
    body.extend_from_slice(&block.to_le_bytes());
    body.extend_from_slice(&bits.to_le_bytes());
    if extensible {
        body.extend_from_slice(&22_u16.to_le_bytes());
        body.extend_from_slice(&bits.to_le_bytes());
        body.extend_from_slice(&recipe.layout.mask().to_le_bytes());
        body.extend_from_slice(&tag.to_le_bytes());
        body.extend_from_slice(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    } else if tag == 3 {
        body.extend_from_slice(&[0, 0]);
    }
    body
}

/// Rounds `block` to `depth` and appends it to `bytes`, frame by frame.
fn interleave(block: &Block, depth: BitDepth, dither: Option<&mut Dither>, bytes: &mut Vec<u8>) {
    let full_scale = 2_f64.powi(i32::from(depth.bits()) - 1);
    let width = usize::from(depth.bits() / 8);
    if depth == BitDepth::Float32 {
        each(block, |sample| bytes.extend_from_slice(&sample.to_le_bytes()));
    } else if let Some(dither) = dither {
        each(block, |sample| {
            let level = f64::from(sample) * full_scale + dither.next();
            bytes.extend_from_slice(&round(level, full_scale).to_le_bytes()[..width]);
        });
    } else {
        each(block, |sample| {
            let level = f64::from(sample) * full_scale;
            bytes.extend_from_slice(&round(level, full_scale).to_le_bytes()[..width]);
        });
    }
}

fn each(block: &Block, mut take: impl FnMut(f32)) {
    for frame in 0..block.frames() {
        block.planes.iter().for_each(|plane| take(plane[frame]));
    }
}

/// The nearest integer within full scale.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of 32 bits")]
fn round(level: f64, full_scale: f64) -> i32 {
    let clamped = level.clamp(-full_scale, full_scale - 1.0);
    (clamped + 0.5_f64.copysign(clamped)) as i32
}
