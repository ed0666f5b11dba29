//! V4 signed URLs for reading, and resumable sessions for writing.

use std::io::{Error as IoError, ErrorKind};
use std::time::Duration;

use super::Gcs;
use super::sign::{self, Target};
use crate::bucket::offer::{Download, UploadOffer};
use crate::bucket::retry::retry;
use crate::bucket::{Error, ObjectKey, Result};
use crate::clock;

/// Longest wait for a signature, which on a VM is made by a service.
const PATIENCE: Duration = Duration::from_secs(10);

impl Gcs {
    /// `None` where we have nothing to sign with.
    pub(in crate::bucket) async fn sign(
        &self,
        key: &ObjectKey,
        download: Download<'_>,
    ) -> Result<Option<String>> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let target = Target {
            endpoint: &self.endpoint,
            bucket: self.resource.rsplit('/').next().unwrap_or_default(),
            object: key.as_str(),
        };
        let url = sign::sign(&target, download, signer, clock::now());
        let failed = |kind, cause: String| Error::Io(IoError::new(kind, cause));
        let url = tokio::time::timeout(PATIENCE, url).await;
        let url = url.map_err(|_| failed(ErrorKind::TimedOut, "no signature came".into()))?;
        url.map(Some).map_err(|error| failed(ErrorKind::PermissionDenied, error.to_string()))
    }

    /// A session that we start, not a signed URL to start one by: it needs no right to sign, makes
    /// one object once at most and never in place of another, and can be ended.
    pub(in crate::bucket) async fn offer(
        &self,
        key: &ObjectKey,
        size: Option<u64>,
    ) -> Result<UploadOffer> {
        let url = retry("offer", || self.rest.start_upload(key, size)).await?;
        Ok(UploadOffer { session: Some(url.clone()), url })
    }

    /// Ends a session; it is no error when there is none.
    pub(in crate::bucket) async fn withdraw(&self, session: &str) -> Result<()> {
        retry("withdraw", || self.rest.cancel_upload(session)).await
    }
}
