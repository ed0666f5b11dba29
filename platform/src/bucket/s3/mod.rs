//! S3 and what speaks like it, such as `MinIO`, Ceph or R2.

mod fault;
mod offer;
mod read;
mod write;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path as S3Path;
use object_store::{ClientOptions, ObjectStoreExt, RetryConfig};

use super::address::Address;
use super::retry::{CONNECT, SILENCE, retry};
use super::{Error, ObjectBody, ObjectKey, OpenError, Result, body, fetch};

/// A bucket of an S3 server.
#[derive(Debug, Clone)]
pub struct S3 {
    store: Arc<AmazonS3>,
}

impl S3 {
    /// Opens `s3://KEY:SECRET@BUCKET?endpoint=URL&region=REGION`; what is not said there comes from
    /// the variables of AWS (`AWS_ACCESS_KEY_ID` and so on), or from the machine's role.
    pub(super) fn open(url: &str) -> std::result::Result<Self, OpenError> {
        let address = Address::parse(url, &["endpoint", "region"])?;
        // Tries are counted and limited in `retry`, for every bucket alike.
        let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        let client = ClientOptions::new()
            .with_allow_http(address.is_plain())
            .with_connect_timeout(CONNECT)
            .with_read_timeout(SILENCE)
            // A body may take as long as it takes while something comes.
            .with_timeout_disabled();
        let mut builder = AmazonS3Builder::from_env()
            .with_client_options(client)
            .with_retry(once)
            .with_bucket_name(&address.bucket);
        if let Some((key, secret)) = &address.key {
            builder = builder.with_access_key_id(key).with_secret_access_key(secret);
        }
        if let Some(region) = &address.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &address.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder
            .build()
            .map_err(|error| OpenError::Credentials(address.shown.clone(), error.to_string()))?;
        Ok(Self { store: Arc::new(store) })
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
        let path = path(key);
        match retry("size", || fault::of(key, self.store.head(&path))).await {
            Ok(object) => Ok(Some(object.size)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<()> {
        let (path, to) = (path(from), path(to));
        retry("copy", || fault::of(from, self.store.copy(&path, &to))).await
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<()> {
        let path = path(key);
        match retry("delete", || fault::of(key, self.store.delete(&path))).await {
            Err(Error::NotFound(_)) => Ok(()),
            result => result,
        }
    }

    /// One attempt, since whoever asks wants to know how it is now.
    pub(super) async fn ping(&self) -> Result<()> {
        let one = PaginatedListOptions { max_keys: Some(1), ..PaginatedListOptions::default() };
        let listed = self.store.list_paginated(Some("probe/"), one).await;
        match listed.map_err(|error| fault::of_store(error, &ObjectKey::probe()).into_error()) {
            Err(Error::NotFound(_)) => {
                let kind = std::io::ErrorKind::NotFound;
                Err(Error::Io(std::io::Error::new(kind, "there is no such bucket")))
            }
            listed => listed.map(|_| ()),
        }
    }
}

fn path(key: &ObjectKey) -> S3Path {
    S3Path::from(key.as_str())
}
