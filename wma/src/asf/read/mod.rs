//! The demuxer.

mod assemble;
mod bytes;
mod demux;
mod header;
mod objects;
mod packet;
mod source;

pub(super) use bytes::Bytes;
pub use demux::{Demuxer, MediaObject};
pub use header::Header;
pub use objects::{AudioStream, Spread};
