//! The bucket: so far a folder.

mod backend;
mod given;
mod names;
mod race;
mod read;
mod write;
