//! Audio conversion: probe, decode, mix, resample, encode, tag.
//!
//! Pure and synchronous: bytes come from a `Read + Seek`, go to a `Write + Seek`, and nothing
//! here knows of threads, networks or files. Audio flows in blocks that are reused, so memory
//! does not grow with the length of the input. Foreign bytes meet Rust only, and no `unsafe` but
//! three lines of the tag reader (lofty).
//!
//! # Known limits
//! - HE-AAC is refused (`unsupported_codec`), since it would come out at half its rate. In MP4 it
//!   is known by its configuration; where nothing announces it, by the end of its packets, which
//!   takes eight to two dozen of them. A stream whose packets end with other data may escape.
//! - AAC is decoded in mono and stereo; free-format MP3 is not recognised.
//! - ADTS has no field for delay, so what other encoders put in front of it stays.
//! - An edit list of several parts is refused, one part is honoured.

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
