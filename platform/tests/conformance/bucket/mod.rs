//! The bucket: a folder, Google Cloud Storage, and S3.

mod backend;
mod faults;
mod given;
mod names;
mod network;
mod offers;
mod proxy;
mod race;
mod read;
mod servers;
mod write;
