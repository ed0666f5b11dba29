//! The converter tier: a worker that claims tasks and converts them, a sweeper that closes the
//! gaps which lost messages and dead processes leave, and the sender of mails.

mod failure;
mod mail;
mod scratch;
mod settings;
mod sweeper;
mod worker;

pub use failure::{TASK_CODES, TaskCode};
pub use mail::Postman;
pub use scratch::{Scratch, ScratchError};
pub use settings::Settings;
pub use sweeper::{Sweeper, recover};
pub use worker::Worker;
