//! What can go wrong in the bucket.

use std::io;
use std::path::PathBuf;

/// Why the bucket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no known kind of bucket.
    #[error("`{0}` is not file:FOLDER, gs://BUCKET or s3://BUCKET")]
    Url(String),
    /// The URL names a kind of bucket, but is not a sound address of one.
    #[error("`{0}`: {1}")]
    Parameter(String, String),
    /// The folder can't be used.
    #[error("the folder {0} can't be used: {1}")]
    Folder(PathBuf, io::Error),
    /// There are no credentials, or they can't be read.
    #[error("{0}: the credentials can't be used: {1}")]
    Credentials(String, String),
    /// The bucket refuses us, or there is no such bucket.
    #[error("{0} can't be used: {1}")]
    Refused(String, Error),
}

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object.
    #[error("there is no object {0}")]
    NotFound(String),
    /// The blocks to be written ended in an error.
    #[error("the bytes to be stored could not be read: {0}")]
    Source(io::Error),
    /// There is no room left.
    #[error("the bucket is full: {0}")]
    Full(io::Error),
    /// The bytes that came are not those that were stored.
    #[error("the bytes of {0} were changed on their way")]
    Corrupt(String),
    /// Reading or writing failed.
    #[error("the bucket failed: {0}")]
    Io(io::Error),
}

/// Shorthand for results of this module.
pub type Result<T> = std::result::Result<T, Error>;

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(error),
            _ => Self::Io(error),
        }
    }
}
