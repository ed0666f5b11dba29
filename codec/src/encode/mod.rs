//! From blocks of samples to the bytes of a file.

mod aac;
mod info_frame;
mod mp3;
mod ogg;
mod recipe;
mod wav;
mod wma;

use std::io::{Seek, Write};

pub(crate) use recipe::{Origin, Recipe};

use crate::block::Block;
use crate::tags::Tags;
use crate::{Error, Target};

/// Writes one file.
pub(crate) trait Encoder {
    /// Takes a block of the recipe's rate and channels.
    fn write(&mut self, block: &Block) -> Result<(), Error>;

    /// Writes what is left and makes the header true.
    fn finish(self: Box<Self>) -> Result<Encoded, Error>;
}

/// What an encoder made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encoded {
    /// Frames put in.
    pub(crate) frames: u64,
    /// Frames that a decoder gives out before these, if any.
    pub(crate) delay: Option<u64>,
    /// Frames that a decoder gives out after these, if any.
    pub(crate) padding: Option<u64>,
    /// Bytes of audio, tags and headers left out.
    pub(crate) bytes: u64,
    /// Whether dither was added.
    pub(crate) dithered: bool,
    /// Things worth knowing.
    pub(crate) notes: Vec<&'static str>,
}

/// Opens the encoder for a recipe.
pub(crate) fn open<'a, W: Write + Seek>(
    recipe: &Recipe,
    tags: &'a Tags,
    output: &'a mut W,
) -> Result<Box<dyn Encoder + 'a>, Error> {
    Ok(match recipe.target {
        Target::Wav => Box::new(wav::WavEncoder::new(recipe, tags, output)?),
        Target::Mp3 => Box::new(mp3::Mp3Encoder::new(recipe, tags, output)?),
        Target::Aac => Box::new(aac::AacEncoder::new(recipe, tags, output)?),
        Target::Ogg => Box::new(ogg::OggEncoder::new(recipe, tags, output)?),
        Target::Wma => Box::new(wma::WmaEncoder::new(recipe, tags, output)?),
    })
}

/// An encoder's refusal.
fn failed(what: impl std::fmt::Display) -> Error {
    Error::EncoderFailed(what.to_string())
}
