//! The muxer.

mod attributes;
mod header;
mod index;
mod mux;
mod packet;

pub use mux::{Config, Muxer, Summary};
