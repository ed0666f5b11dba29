//! Google Cloud Storage. Objects are read by Google's own crate; what that crate does by gRPC alone
//! (delete, copy, look up), or not safely (see `write`), goes by the JSON API.

mod credentials;
mod fault;
mod offer;
mod read;
mod rest;
mod session;
mod sign;
mod write;

use std::ops::Range;
use std::path::Path;

use google_cloud_auth::signer::Signer;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_storage::client::Storage;

use super::address::Address;
use super::retry::retry;
use super::{Error, ObjectBody, ObjectKey, OpenError, Result, body, fetch};
use credentials::Identity;
use rest::Rest;

/// A bucket of Google Cloud Storage.
#[derive(Debug, Clone)]
pub struct Gcs {
    storage: Storage,
    rest: Rest,
    /// Name of the bucket as the crate wants it.
    resource: String,
    /// Where the service is.
    endpoint: String,
    /// Signs URLs, where we are someone who can.
    signer: Option<Signer>,
}

impl Gcs {
    /// Opens `gs://BUCKET?endpoint=URL&credentials=FILE`. Over plain HTTP no credentials are sent.
    pub(super) async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        let address = Address::parse(url, &["endpoint", "credentials"])?;
        if address.key.is_some() {
            return Err(OpenError::Url(address.shown));
        }
        let failed = |error: &dyn std::fmt::Display| {
            OpenError::Credentials(address.shown.clone(), error.to_string())
        };
        let identity = Identity::find(&address).await.map_err(|error| failed(&error))?;
        let endpoint = address.endpoint.as_deref().unwrap_or("https://storage.googleapis.com");
        let storage = Storage::builder()
            .with_endpoint(endpoint)
            .with_credentials(identity.credentials.clone())
            .with_retry_policy(NeverRetry)
            .build();
        let storage = storage.await.map_err(|error| failed(&error))?;
        let rest = Rest::new(endpoint, &address.bucket, identity.credentials)
            .map_err(|error| failed(&error))?;
        let resource = format!("projects/_/buckets/{}", address.bucket);
        let (endpoint, signer) = (endpoint.to_owned(), identity.signer);
        Ok(Self { storage, rest, resource, endpoint, signer })
    }

    pub(super) async fn get(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<ObjectBody> {
        body::read(self, key, range).await
    }

    pub(super) async fn fetch(
        &self,
        key: &ObjectKey,
        path: &Path,
        digest: Option<&str>,
    ) -> Result<()> {
        fetch::fetch(self, key, path, digest).await
    }

    pub(super) async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        match retry("size", || self.rest.size(key)).await {
            Ok(size) => Ok(Some(size)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<()> {
        let mut token = None;
        // A large object may take several calls, each of which copies at least a megabyte.
        loop {
            token = retry("copy", || self.rest.rewrite(from, to, token.as_deref())).await?;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<()> {
        match retry("delete", || self.rest.delete(key)).await {
            Err(Error::NotFound(_)) => Ok(()),
            result => result,
        }
    }

    /// One attempt, since whoever asks wants to know how it is now.
    pub(super) async fn ping(&self) -> Result<()> {
        self.rest.list_one().await.map_err(super::retry::Fault::into_error)
    }
}
