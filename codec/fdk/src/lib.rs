//! A small safe layer over the FDK AAC encoder (ISO/IEC 14496-3 audio in ADTS or raw packets).
//!
//! The only place of the workspace where `unsafe` may stand. It only ever hands the C++ library
//! pointers to slices that outlive the call, with their true lengths; the library's decoder is
//! never called, so no foreign byte reaches it. The bundled library has a licence of its own
//! (the Fraunhofer FDK AAC licence), which whoever redistributes a binary must read.

mod encoder;
mod error;

pub use encoder::{Config, Encoder, Profile, Transport};
pub use error::Error;
