//! The real program, driven over HTTP and by signals, on real files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "lengths and samples here are small"
)]

mod bad_files;
mod changes;
mod check;
mod client;
mod command_line;
mod crashes;
mod distributed;
mod exposition;
mod fairness;
mod fleet;
mod journey;
mod metrics;
mod program;
mod sound;
mod stopping;
