//! Windows Media Audio: containers, decoders, encoder.
//!
//! Pure and synchronous, without `unsafe`: packets and samples come and go as slices, and nothing
//! here knows of threads, networks or files. The format has no published standard; what is known
//! of it was found by others in two decades of interoperation, and each part is tested against an
//! independent decoder.

mod bits;
mod decode;
mod error;
mod format;
mod mdct;
mod shape;
mod tables;

pub use decode::{Audio, Decoder};
pub use error::Error;
pub use format::{Codec, StreamFormat};
