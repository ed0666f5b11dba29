//! From bytes to blocks of samples: the format is found, its promises are read, its packets are
//! decoded, and delay and padding are cut off.

mod aac;
mod adts;
mod decode;
mod decoder;
mod input;
mod loas;
mod mp4;
mod mpeg;
mod ogg;
mod open;
mod opus;
mod plan;
mod reader;
mod sniff;
mod trailer;
mod wave;
mod window;

pub(crate) use decode::Source;
pub(crate) use input::{Input, Watch};
pub(crate) use mpeg::{Header as MpegHeader, Xing};
pub(crate) use open::open;
pub(crate) use sniff::{Format, sniff};

use symphonia::core::errors::Error as Symphonia;

use crate::Error;

/// What a demuxer or decoder said, as an error of ours; `Watch::check` must have been asked first.
fn translate(error: Symphonia) -> Error {
    match error {
        Symphonia::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::corrupt("it ends in the middle of something")
        }
        Symphonia::IoError(error) => Error::Corrupt(error.to_string().into()),
        Symphonia::Unsupported(what) => Error::UnsupportedCodec(what.into()),
        Symphonia::DecodeError(what) | Symphonia::LimitError(what) => Error::corrupt(what),
        Symphonia::SeekError(_) => Error::corrupt("its parts are not where it says"),
        _ => Error::corrupt("it changes its shape in the middle"),
    }
}
