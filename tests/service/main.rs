//! The real program, driven over HTTP and by signals, on real files.

mod bad_files;
mod changes;
mod client;
mod command_line;
mod crashes;
mod journey;
mod program;
mod sound;
mod stopping;
