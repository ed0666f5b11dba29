//! ASF, the container of WMA: a demuxer and a muxer for audio.
//!
//! Written after Microsoft's "Advanced Systems Format (ASF) Specification", revision 01.20.05;
//! sections named in this module are that document's. Both sides stream: a file's header is held
//! in memory, of its data one packet and one media object at a time.

mod attribute;
mod error;
mod format;
mod guid;
mod read;
mod write;

pub use attribute::{Attribute, Picture, Value};
pub use error::Error;
pub use format::WaveFormat;
pub use read::{AudioStream, Demuxer, Header, MediaObject, Spread};
pub use write::{Config, Muxer, Summary};
