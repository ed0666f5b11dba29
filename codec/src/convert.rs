//! The way from a file to another.

use std::io::{Read, Seek, Write};

use crate::{Control, Error, Limits, Options, Receipt, SourceInfo, Target};

/// Converts the audio file `input` to `target`.
///
/// # Errors
/// Any [`Error`]; what was written to `output` by then is of no use.
pub fn convert<R, W>(
    _input: R,
    _output: W,
    target: Target,
    options: &Options,
    _limits: &Limits,
    _control: &dyn Control,
) -> Result<Receipt, Error>
where
    R: Read + Seek + Send + Sync,
    W: Write + Seek,
{
    options.validate(target)?;
    Err(Error::UnsupportedTarget(target.name()))
}

/// Looks at `input` without decoding it.
///
/// # Errors
/// As [`convert`], as far as the headers tell.
pub fn probe<R>(_input: R, _limits: &Limits) -> Result<SourceInfo, Error>
where
    R: Read + Seek + Send + Sync,
{
    Err(Error::UnrecognisedFormat)
}
