//! Which failures of Google Cloud Storage pass by themselves.

use std::io::{Error as IoError, ErrorKind};

use google_cloud_storage::Error as GcsError;

use crate::bucket::retry::Fault;
use crate::bucket::{Error, ObjectKey};

/// What an answer's status means.
pub(super) fn of_status(status: u16, key: &ObjectKey, words: &str) -> Fault {
    let words = format!("HTTP status {status}: {}", words.trim());
    match status {
        404 => Fault::Lasting(Error::NotFound(key.to_string())),
        413 | 507 => Fault::Lasting(Error::Full(IoError::new(ErrorKind::StorageFull, words))),
        408 | 429 | 500..=599 => Fault::Passing(Error::Io(IoError::other(words))),
        401 | 403 => Fault::Lasting(Error::Io(IoError::new(ErrorKind::PermissionDenied, words))),
        _ => Fault::Lasting(Error::Io(IoError::other(words))),
    }
}

/// What a failure of the crate means.
pub(super) fn of_crate(error: GcsError, key: &ObjectKey) -> Fault {
    if let Some(status) = error.http_status_code() {
        let words = error.http_payload().map(|payload| String::from_utf8_lossy(payload));
        let words: String = words.unwrap_or_default().chars().take(300).collect();
        return of_status(status, key, &words);
    }
    let lasting = !(error.is_io()
        || error.is_timeout()
        || error.is_transport()
        || error.is_transient_and_before_rpc());
    let kind = match () {
        () if error.is_timeout() => ErrorKind::TimedOut,
        () if error.is_authentication() => ErrorKind::PermissionDenied,
        () => ErrorKind::Other,
    };
    let error = Error::Io(IoError::new(kind, error));
    if lasting { Fault::Lasting(error) } else { Fault::Passing(error) }
}
