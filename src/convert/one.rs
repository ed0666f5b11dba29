//! The conversion of one file: its result appears whole, under its name, or not at all.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use codec::{Control, Limits, Options, Receipt, Target};
use tempfile::NamedTempFile;

use super::plan::Job;

/// Why a file was not converted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("{0}")]
    Engine(#[from] codec::Error),
    #[error("The file can't be read: {0}")]
    Input(io::Error),
    #[error("{0} can't be written: {1}")]
    Output(String, io::Error),
    #[error("{0} exists; say --overwrite to replace it")]
    Exists(String),
}

impl Error {
    /// A stable code: one of the engine's, or `io` or `exists`.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Engine(error) => error.code(),
            Self::Input(_) | Self::Output(..) => "io",
            Self::Exists(_) => "exists",
        }
    }
}

/// Converts one file.
pub(super) fn convert(
    job: &Job,
    (target, options): (Target, &Options),
    overwrite: bool,
    control: &dyn Control,
) -> Result<Receipt, Error> {
    let input = File::open(&job.source).map_err(Error::Input)?;
    let shown = || job.result.display().to_string();
    if !overwrite && job.result.exists() {
        return Err(Error::Exists(shown()));
    }
    let unwritable = |error| Error::Output(shown(), error);
    let mut part = part(&job.result).map_err(unwritable)?;
    let receipt =
        codec::convert(input, part.as_file_mut(), target, options, &Limits::default(), control)?;
    let named =
        if overwrite { part.persist(&job.result) } else { part.persist_noclobber(&job.result) };
    match named {
        Ok(_) => Ok(receipt),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::Exists(shown()))
        }
        Err(error) => Err(unwritable(error.error)),
    }
}

/// A file beside the result; it is removed unless it gets the result's name.
fn part(result: &Path) -> io::Result<NamedTempFile> {
    let folder = match result.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    tempfile::Builder::new()
        .prefix(".soundmill-")
        .suffix(".part")
        // As any program makes files; the user's mask is taken off by the system.
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}
