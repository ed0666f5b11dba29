//! The decoders on files by another encoder, against another decoder.

mod ffmpeg;
mod hostile;
mod signal;
mod standard;
mod wave;
