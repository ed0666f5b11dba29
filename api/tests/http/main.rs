//! The HTTP tier as clients meet it: each test has a real server on a port of its own, over a
//! database and a bucket of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed; clippy excuses only what is marked as a test"
)]

mod accounts;
mod app;
mod direct;
mod errors;
mod files;
mod health;
mod hostile;
mod idempotency;
mod limits;
mod openapi;
mod page;
mod raw;
mod shutdown;
mod tasks;
mod uploads;
