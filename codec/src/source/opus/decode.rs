//! Opus packets to samples by `rusty-opus`, one decoder for each stream in them.

use rusty_opus::OpusDecoder;
use symphonia::core::packet::PacketRef;

use super::{Head, LONGEST, RATE, duration, split};
use crate::Error;
use crate::block::Block;
use crate::layout::{Layout, VORBIS_ORDER};
use crate::source::decoder::Shape;

/// A decoder for one stream of an Ogg file.
pub(crate) struct Opus {
    decoders: Vec<OpusDecoder>,
    head: Head,
    gain: f32,
    /// The packet of one of several streams.
    part: Vec<u8>,
    /// What it decodes to, interleaved.
    samples: Vec<f32>,
}

impl Opus {
    pub(crate) fn new(head: Head) -> Result<Self, Error> {
        let decoder = |stream| OpusDecoder::new(48_000, if stream < head.coupled { 2 } else { 1 });
        let decoders = (0..head.streams).map(decoder).collect::<Result<_, _>>();
        let decoders = decoders.map_err(|error| Error::DecoderFailed(error.to_string()))?;
        let gain = 10_f32.powf(f32::from(head.gain) / (20.0 * 256.0));
        Ok(Self {
            decoders,
            head,
            gain,
            part: Vec::new(),
            samples: vec![0.0; 2 * usize::from(LONGEST)],
        })
    }

    /// Decodes a packet into `block`, less what the packet's trims cut off.
    pub(crate) fn decode(
        &mut self,
        packet: &PacketRef<'_>,
        block: &mut Block,
    ) -> Result<Shape, Error> {
        let frames = usize::try_from(duration(packet.data)).unwrap_or(0);
        block.planes.resize_with(self.head.channels, Vec::new);
        block.silence(frames);
        let mut rest = packet.data;
        for stream in 0..self.decoders.len() {
            let bad = || Error::corrupt("a malformed Opus packet");
            let whole = stream + 1 == self.decoders.len();
            let data = if whole {
                rest
            } else {
                rest = split::first(rest, &mut self.part).ok_or_else(bad)?;
                &self.part
            };
            if usize::try_from(duration(data)) != Ok(frames) || frames == 0 {
                return Err(bad());
            }
            let made = self.decoders[stream].decode(data, frames, &mut self.samples);
            if made.map_err(|error| Error::corrupt(error.to_string()))? != frames {
                return Err(bad());
            }
            self.place(stream, frames, block);
        }
        let cut = |trim: u64| usize::try_from(trim).unwrap_or(usize::MAX).min(frames);
        let (start, end) = (cut(packet.trim_start.get()), frames - cut(packet.trim_end.get()));
        block.keep(start, end.max(start));
        Ok(Shape { rate: RATE, layout: Layout::usual(self.head.channels) })
    }

    /// Copies what one stream's decoder gave to the channels that are mapped to it.
    fn place(&self, stream: usize, frames: usize, block: &mut Block) {
        let Head { coupled, family, channels, mapping, .. } = &self.head;
        let width = if stream < *coupled { 2 } else { 1 };
        let first = if stream < *coupled { 2 * stream } else { stream + coupled };
        for (channel, &source) in mapping.iter().enumerate().take(*channels) {
            let Some(side) = usize::from(source).checked_sub(first).filter(|&s| s < width) else {
                continue;
            };
            let place = match VORBIS_ORDER.get(*channels) {
                Some(order) if *family == 1 => order[channel],
                _ => channel,
            };
            let samples = self.samples[..frames * width].iter().skip(side).step_by(width);
            for (out, sample) in block.planes[place].iter_mut().zip(samples) {
                *out = sample * self.gain;
            }
        }
    }
}
