//! The container against files that are made here, packet by packet, and against ffmpeg and
//! mutagen.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that meets the unexpected fails, and its numbers are small"
)]

mod craft;
mod damage;
mod foreign;
mod layouts;
mod round_trip;
mod tags;
mod tools;
