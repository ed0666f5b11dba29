//! Audio conversion: probe, decode, mix, resample, encode, tag.
//!
//! Pure and synchronous: bytes come from a `Read + Seek`, go to a `Write + Seek`, and nothing
//! here knows of threads, networks or files. Audio flows in blocks that are reused, so memory
//! does not grow with the length of the input. Foreign bytes are parsed by safe Rust only.

mod block;
mod chain;
mod control;
mod convert;
mod dsp;
mod encode;
mod error;
mod layout;
mod limits;
mod options;
mod receipt;
mod source;
mod tags;

pub use control::{Control, Unattended};
pub use convert::{convert, probe};
pub use error::Error;
pub use limits::Limits;
pub use options::{BitDepth, Options, Target};
pub use receipt::{Receipt, SourceInfo, StreamInfo, TagReport};
