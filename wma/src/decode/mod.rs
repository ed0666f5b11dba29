//! Decoders: packets in, planar samples out.

mod audio;
mod standard;

use std::borrow::Cow;

pub use audio::Audio;

use crate::{Codec, Error, StreamFormat};

/// A decoder of one stream. It allocates when it is made, never per packet.
pub struct Decoder {
    kind: Kind,
}

enum Kind {
    Standard(Box<standard::Decoder>),
}

impl Decoder {
    /// A decoder at the start of a stream.
    ///
    /// # Errors
    /// `Unsupported` for a codec or a shape of stream that is not decoded here; `Corrupt` for
    /// extra bytes that make no sense.
    pub fn new(format: &StreamFormat) -> Result<Self, Error> {
        let kind = match format.codec {
            Codec::V1 | Codec::V2 => Kind::Standard(Box::new(standard::Decoder::new(format)?)),
            other => return Err(Error::Unsupported(Cow::Borrowed(other.name()))),
        };
        Ok(Self { kind })
    }

    /// Frames of the output that precede the first frame of the source.
    #[must_use]
    pub fn delay(&self) -> u64 {
        match &self.kind {
            Kind::Standard(decoder) => decoder.delay(),
        }
    }

    /// Decodes a packet and appends what comes of it to `audio`, which may be nothing yet.
    ///
    /// # Errors
    /// `Corrupt` if part of the packet can't be decoded. The frames before the damage are in
    /// `audio`, and silence stands for the lost ones as far as their number is known; decoding
    /// goes on with the next packet.
    pub fn decode(&mut self, packet: &[u8], audio: &mut Audio) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Standard(decoder) => decoder.decode(packet, audio),
        }
    }

    /// Appends what is left after the last packet, and starts over.
    pub fn flush(&mut self, audio: &mut Audio) {
        match &mut self.kind {
            Kind::Standard(decoder) => decoder.flush(audio),
        }
    }
}
