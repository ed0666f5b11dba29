//! Windows Media Audio: containers, decoders, encoder.
//!
//! Pure and synchronous, without `unsafe`: packets and samples come and go as slices, and nothing
//! here knows of threads, networks or files. The format has no published standard; what is known
//! of it was found by others in two decades of interoperation, and each part is tested against an
//! independent decoder.

pub mod asf;
#[expect(dead_code, reason = "decoders are about to use it")]
mod bits;
pub mod encode;
mod error;
mod format;
#[cfg_attr(not(test), expect(dead_code, reason = "decoders and encoder are about to use it"))]
mod mdct;
#[expect(dead_code, reason = "decoders and encoder are about to use it")]
mod shape;
#[expect(dead_code, unused_imports, reason = "decoders and encoder are about to use it")]
mod tables;

pub use error::Error;
pub use format::{Codec, StreamFormat};
