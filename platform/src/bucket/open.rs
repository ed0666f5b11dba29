//! Which bucket a URL names, and whether it can be used.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Bucket, Error, Folder, Gcs, OpenError, S3};
use crate::address::shown;

/// Longest wait for the first answer of a bucket.
const PATIENCE: Duration = Duration::from_secs(10);

impl Bucket {
    /// Opens the bucket that `BUCKET_URL` names. One on a network that does not answer just now is
    /// opened too, since it may soon; one that refuses us is not.
    ///
    /// # Errors
    /// When the URL names no known kind of bucket, the folder can't be used, there are no
    /// credentials, or the bucket refuses them.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let bucket = match url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => {
                return Ok(Self::Folder(Folder::open(Path::new(path)).await?));
            }
            Some(("gs", _)) => Self::Gcs(Arc::new(Gcs::open(url).await?)),
            Some(("s3", _)) => Self::S3(S3::open(url)?),
            _ => return Err(OpenError::Url(shown(url))),
        };
        bucket.try_out(&shown(url)).await?;
        Ok(bucket)
    }

    async fn try_out(&self, url: &str) -> Result<(), OpenError> {
        match tokio::time::timeout(PATIENCE, self.ping()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if is_refusal(&error) => {
                return Err(OpenError::Refused(url.to_owned(), error));
            }
            Ok(Err(error)) => tracing::warn!(url, %error, "the bucket does not work so far"),
            Err(_) => tracing::warn!(url, "the bucket does not answer so far"),
        }
        Ok(())
    }
}

fn is_refusal(error: &Error) -> bool {
    let refusals = [ErrorKind::PermissionDenied, ErrorKind::NotFound];
    matches!(error, Error::Io(error) if refusals.contains(&error.kind()))
}
