//! The engine against signals that are made here, files that Debian's tools make of them, and
//! ffmpeg as the judge of what comes out.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "a test that meets the unexpected fails, and its numbers are small and exact"
)]

mod aac;
mod depths;
mod faults;
mod gapless;
mod hostile;
mod memory;
mod options;
mod opus;
mod pairs;
mod shapes;
mod signal;
mod steering;
mod tags;
mod tools;
mod wma;
