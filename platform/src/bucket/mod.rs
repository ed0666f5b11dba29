//! Where the bytes lie: uploads and results, by key.

mod address;
mod body;
mod error;
mod fetch;
mod folder;
mod gcs;
mod key;
mod observe;
mod offer;
mod open;
mod parts;
mod retry;
mod s3;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream};

use crate::digest::is_sha256;
pub use error::{Error, OpenError, Result};
pub use key::ObjectKey;
pub use offer::{Download, UploadOffer};

use folder::Folder;
use gcs::Gcs;
use observe::observed;
use s3::S3;

/// A handle to the bucket, cheap to clone. Objects appear whole or not at all.
#[derive(Debug, Clone)]
pub enum Bucket {
    /// A folder on this machine.
    Folder(Folder),
    /// Google Cloud Storage.
    Gcs(Arc<Gcs>),
    /// A server that speaks S3.
    S3(S3),
}

/// Does the same on each kind of bucket, and measures it.
macro_rules! on {
    ($self:expr, $operation:literal, $bucket:ident => $call:expr) => {
        observed(
            $self.kind(),
            $operation,
            async {
                match $self {
                    Self::Folder($bucket) => $call,
                    Self::Gcs($bucket) => $call,
                    Self::S3($bucket) => $call,
                }
            }
            .boxed(),
        )
        .await
    };
}

/// The bytes of an object, or of a part of it.
pub struct ObjectBody {
    /// Bytes of the whole object.
    pub size: u64,
    /// The bytes asked for, in blocks.
    pub blocks: BoxStream<'static, Result<Bytes>>,
}

impl std::fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectBody").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Bucket {
    /// Writes an object from blocks as they come and returns its size in bytes. When a block is an
    /// error, or writing fails, nothing is left behind.
    ///
    /// # Errors
    /// The error among the blocks as [`Error::Source`]; otherwise when the bucket fails.
    pub async fn put<S>(&self, key: &ObjectKey, blocks: S) -> Result<u64>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send,
    {
        let size = on!(self, "put", bucket => bucket.put(key, blocks).await)?;
        observe::stored(self.kind(), size);
        Ok(size)
    }

    /// Reads an object, or the bytes in `range` of it, which must lie within it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; otherwise when the bucket fails. So do the
    /// blocks, and with [`Error::Corrupt`] at the end of an object that is not as it was stored.
    pub async fn get(&self, key: &ObjectKey, range: Option<Range<u64>>) -> Result<ObjectBody> {
        let body = on!(self, "get", bucket => bucket.get(key, range).await)?;
        Ok(observe::reading(self.kind(), body))
    }

    /// Copies an object's bytes to a local file, which must not exist. Those that come over a
    /// network are checked, against `digest` as well if it is a SHA-256; a folder on this
    /// machine gives a link to the file itself, which to read once more would double the work.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; [`Error::Corrupt`] when other bytes came
    /// than were stored, twice; otherwise when the bucket or the local disk fails.
    pub async fn fetch(&self, key: &ObjectKey, path: &Path, digest: Option<&str>) -> Result<()> {
        let digest = digest.filter(|digest| is_sha256(digest));
        on!(self, "fetch", bucket => bucket.fetch(key, path, digest).await)?;
        observe::fetched(self.kind(), path).await;
        Ok(())
    }

    /// Size of an object in bytes, or `None` when there is none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        on!(self, "size", bucket => bucket.size(key).await)
    }

    /// Copies an object inside the bucket.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; otherwise when the bucket fails.
    pub async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<()> {
        on!(self, "copy", bucket => bucket.copy(from, to).await)
    }

    /// Deletes an object, and whatever an interrupted [`put`](Self::put) left of it. It is no
    /// error when there is none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn delete(&self, key: &ObjectKey) -> Result<()> {
        on!(self, "delete", bucket => bucket.delete(key).await)
    }

    /// Asks the bucket for a sign of life.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn ping(&self) -> Result<()> {
        on!(self, "ping", bucket => bucket.ping().await)
    }

    /// An URL by which anyone may read an object for a while. `None`: this bucket signs none.
    ///
    /// # Errors
    /// When whoever signs does not answer or refuses.
    pub async fn sign(&self, key: &ObjectKey, download: Download<'_>) -> Result<Option<String>> {
        let signed = match self {
            Self::Folder(_) => return Ok(None),
            Self::Gcs(gcs) => gcs.sign(key, download).boxed(),
            Self::S3(s3) => async move { s3.sign(key, download).await.map(Some) }.boxed(),
        };
        observed(self.kind(), "sign", signed).await
    }

    /// Where a client may put the bytes of an object itself: `size` of them, if that is known, and
    /// within `life`, if the bucket can hold it to that. `None`: nowhere but through us.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn offer_upload(
        &self,
        key: &ObjectKey,
        size: Option<u64>,
        life: Duration,
    ) -> Result<Option<UploadOffer>> {
        let offer = match self {
            Self::Folder(_) => return Ok(None),
            Self::Gcs(gcs) => gcs.offer(key, size).boxed(),
            Self::S3(s3) => s3.offer(key, life).boxed(),
        };
        observed(self.kind(), "offer", offer).await.map(Some)
    }

    /// Ends an offer before its time. It is no error when it has ended.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn withdraw_upload(&self, session: &str) -> Result<()> {
        match self {
            Self::Gcs(gcs) => {
                observed(self.kind(), "withdraw", gcs.withdraw(session).boxed()).await
            }
            Self::Folder(_) | Self::S3(_) => Ok(()),
        }
    }

    /// Its name in the metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "file",
            Self::Gcs(_) => "gs",
            Self::S3(_) => "s3",
        }
    }
}
