//! What every backend of a seam must do, stated once for each seam and run on all its backends.
//!
//! `./test` starts the servers that this needs and names them in the environment.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on panics")]

mod bucket;
mod db;
mod environment;
mod mail;
mod queue;
