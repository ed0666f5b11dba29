//! Audio conversion: probe, decode, mix, resample, encode, tag.
//!
//! Pure and synchronous: bytes come from a `Read + Seek`, go to a `Write + Seek`, and nothing
//! here knows of threads, networks or files. Audio flows in blocks that are reused, so memory
//! does not grow with the length of the input. Foreign bytes meet Rust only. What `unsafe` there is
//! on their way are three lines of the tag reader (lofty), and the vector instructions in the
//! transforms, windows and filters of the decoders, which work on buffers whose lengths do not
//! come from the file.
//!
//! # Known limits
//! - HE-AAC in one channel comes out in two, as from other decoders, since only its packets tell
//!   whether they hold parametric stereo. xHE-AAC is refused (`unsupported_codec`).
//! - HE-AAC that no container announces is recognised by its first packet.
//! - Free-format MP3 is not recognised.
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
