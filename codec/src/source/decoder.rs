//! The decoders behind one face.

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;

use super::aac::{self, Aac};
use super::opus::{self, Opus};
use super::translate;
use crate::Error;
use crate::block::Block;
use crate::layout::Layout;

/// What a decoder must know to start.
#[derive(Clone, Debug)]
pub(crate) enum Coding {
    /// For one of symphonia's.
    Foreign(Box<AudioCodecParameters>),
    Aac(aac::Config),
    Opus(opus::Head),
}

/// The shape of what was decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Sample rate in Hz.
    pub(crate) rate: u32,
    pub(crate) layout: Layout,
}

/// A decoder at work.
pub(crate) enum Decoder {
    Foreign(Box<dyn AudioDecoder>),
    Aac(Box<Aac>),
    Opus(Box<Opus>),
}

impl Coding {
    /// A decoder; `gapless` lets it cut what is marked on the packets.
    pub(crate) fn decoder(&self, gapless: bool) -> Result<Decoder, Error> {
        Ok(match self {
            Self::Foreign(parameters) => {
                let options = AudioDecoderOptions::default().gapless(gapless);
                let codecs = symphonia::default::get_codecs();
                let decoder = codecs.make_audio_decoder(parameters, &options);
                Decoder::Foreign(decoder.map_err(translate)?)
            }
            Self::Aac(config) => Decoder::Aac(Box::new(Aac::new(config.clone()))),
            Self::Opus(head) => Decoder::Opus(Box::new(Opus::new(head.clone())?)),
        })
    }
}

impl Decoder {
    /// Decodes a packet into `block`: into full-range integers if `exact`, which only a decoder
    /// of symphonia's can do.
    pub(crate) fn decode(
        &mut self,
        packet: &PacketRef<'_>,
        exact: bool,
        block: &mut Block,
    ) -> Result<Shape, Error> {
        match self {
            Self::Aac(decoder) => decoder.decode(packet.data, block),
            Self::Opus(decoder) => decoder.decode(packet, block),
            Self::Foreign(decoder) => {
                let buffer = decoder.decode_ref(packet).map_err(translate)?;
                if exact {
                    buffer.copy_to_vecs_planar::<i32>(&mut block.exact);
                } else {
                    buffer.copy_to_vecs_planar::<f32>(&mut block.planes);
                }
                let spec = buffer.spec();
                Ok(Shape { rate: spec.rate(), layout: Layout::of(spec.channels()) })
            }
        }
    }

    /// Puts what was decoded last into `block` as full-range integers.
    pub(crate) fn last_exact(&self, block: &mut Block) {
        if let Self::Foreign(decoder) = self {
            decoder.last_decoded().copy_to_vecs_planar::<i32>(&mut block.exact);
        }
    }

    /// The codec's name, where only decoding tells it.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Foreign(_) => None,
            Self::Aac(decoder) => Some(decoder.name()),
            Self::Opus(_) => Some("opus"),
        }
    }
}
