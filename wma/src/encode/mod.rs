//! The encoder for version 2.

mod block;
mod levels;
mod masking;
mod packet;
mod partition;
mod rate;
mod spectrum;
mod stereo;
mod tuning;
mod encoder;

pub use encoder::{Encoder, EncoderConfig, Packet};
