//! Which failures of S3 pass by themselves.

use std::io::{Error as IoError, ErrorKind};

use object_store::Error as StoreError;

use crate::bucket::retry::Fault;
use crate::bucket::{Error, ObjectKey};

/// Codes by which servers say that they have no room: of `MinIO`, Ceph, and in general.
const FULL: [&str; 3] = ["XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"];

/// Makes one attempt at something that concerns one object.
pub(super) async fn of<T>(
    key: &ObjectKey,
    call: impl Future<Output = object_store::Result<T>>,
) -> Result<T, Fault> {
    call.await.map_err(|error| of_store(error, key))
}

/// What a failure of the crate means. It tells the status of some answers in its words alone.
pub(super) fn of_store(error: StoreError, key: &ObjectKey) -> Fault {
    let words = error.to_string();
    if FULL.iter().any(|code| words.contains(code)) {
        return Fault::Lasting(Error::Full(IoError::new(ErrorKind::StorageFull, words)));
    }
    let denied = || Error::Io(IoError::new(ErrorKind::PermissionDenied, words.clone()));
    match error {
        StoreError::NotFound { .. } => Fault::Lasting(Error::NotFound(key.to_string())),
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
            Fault::Lasting(denied())
        }
        StoreError::Generic { .. } => match status(&words) {
            Some(401 | 403) => Fault::Lasting(denied()),
            Some(404) => Fault::Lasting(Error::NotFound(key.to_string())),
            Some(408 | 429 | 500..) | None => Fault::Passing(Error::Io(IoError::other(error))),
            Some(_) => Fault::Lasting(Error::Io(IoError::other(error))),
        },
        _ => Fault::Lasting(Error::Io(IoError::other(error))),
    }
}

/// The status in the crate's words for an answer that it did not expect.
fn status(words: &str) -> Option<u16> {
    let (_, rest) = words.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_where_there_is_one() {
        let words = "Generic S3 error: Error performing list request: Error performing GET \
            http://h/b in 3ms - Server returned non-2xx status code: 403 Forbidden: <Error>";
        assert_eq!(status(words), Some(403));
        assert_eq!(status("Generic S3 error: HTTP error: error sending request"), None);
        assert_eq!(status("status code: x"), None);
    }
}
