//! Where the bytes lie: uploads and results, by key.

mod error;
mod folder;
mod key;

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::BoxStream;

pub use error::{Error, OpenError, Result};
pub use key::ObjectKey;

use folder::Folder;

/// A handle to the bucket, cheap to clone. Objects appear whole or not at all.
#[derive(Debug, Clone)]
pub enum Bucket {
    /// A folder on this machine.
    Folder(Folder),
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
    /// Opens the bucket that `BUCKET_URL` names.
    ///
    /// # Errors
    /// When the URL names no known kind of bucket, or the folder can't be used.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        match url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => {
                Ok(Self::Folder(Folder::open(Path::new(path)).await?))
            }
            _ => Err(OpenError::Url(crate::address::shown(url))),
        }
    }

    /// Writes an object from blocks as they come and returns its size in bytes. When a block is an
    /// error, or writing fails, nothing is left behind.
    ///
    /// # Errors
    /// The error among the blocks as [`Error::Source`]; otherwise when the bucket fails.
    pub async fn put<S>(&self, key: &ObjectKey, blocks: S) -> Result<u64>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send,
    {
        match self {
            Self::Folder(folder) => folder.put(key, blocks).await,
        }
    }

    /// Reads an object, or the bytes in `range` of it, which must lie within it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; otherwise when the bucket fails.
    pub async fn get(&self, key: &ObjectKey, range: Option<Range<u64>>) -> Result<ObjectBody> {
        match self {
            Self::Folder(folder) => folder.get(key, range).await,
        }
    }

    /// Copies an object's bytes to a local file, which must not exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; otherwise when the bucket or the local
    /// disk fails.
    pub async fn fetch(&self, key: &ObjectKey, path: &Path) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.fetch(key, path).await,
        }
    }

    /// Size of an object in bytes, or `None` when there is none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        match self {
            Self::Folder(folder) => folder.size(key).await,
        }
    }

    /// Copies an object inside the bucket.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such object; otherwise when the bucket fails.
    pub async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.copy(from, to).await,
        }
    }

    /// Deletes an object, and whatever an interrupted [`put`](Self::put) left of it. It is no
    /// error when there is none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn delete(&self, key: &ObjectKey) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.delete(key).await,
        }
    }

    /// Asks the bucket for a sign of life.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn ping(&self) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.ping().await,
        }
    }
}
