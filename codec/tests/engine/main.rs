//! The engine against signals that are made here, files that Debian's tools make of them, and
//! ffmpeg as the judge of what comes out.

mod depths;
mod faults;
mod gapless;
mod hostile;
mod memory;
mod options;
mod pairs;
mod shapes;
mod signal;
mod steering;
mod tags;
mod tools;
