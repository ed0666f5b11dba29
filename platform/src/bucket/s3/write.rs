//! Objects on their way in: in one request when they are small, else part by part.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore, PartId};
use object_store::{MultipartId, ObjectStoreExt, PutPayload};

use super::{S3, fault, path};
use crate::bucket::parts::Parts;
use crate::bucket::retry::retry;
use crate::bucket::{Error, ObjectKey, Result};

/// Bytes of a part. S3 wants 5 MiB at least in all but the last, and takes 10,000 parts.
const PART: usize = 8 << 20;

impl S3 {
    pub(in crate::bucket) async fn put<S>(&self, key: &ObjectKey, blocks: S) -> Result<u64>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let mut parts = Parts::new(blocks, PART);
        let first = parts.next().await?;
        if first.len() < PART {
            let size = first.len() as u64;
            self.put_whole(key, first).await?;
            return Ok(size);
        }
        let mut upload = Multipart::start(self, key).await?;
        let mut part = first;
        while !part.is_empty() {
            upload.put(part).await?;
            part = parts.next().await?;
        }
        upload.complete().await
    }

    async fn put_whole(&self, key: &ObjectKey, content: Bytes) -> Result<()> {
        let payload = PutPayload::from_bytes(content);
        let path = path(key);
        let stored = retry("put", || fault::of(key, self.store.put(&path, payload.clone())));
        stored.await.map(|_| ())
    }
}

/// An upload in parts; given up when dropped before it is complete.
struct Multipart {
    s3: S3,
    key: ObjectKey,
    /// Present until complete.
    id: Option<MultipartId>,
    parts: Vec<PartId>,
    size: u64,
}

impl Multipart {
    async fn start(s3: &S3, key: &ObjectKey) -> Result<Self> {
        let path = path(key);
        let started = retry("put", || fault::of(key, s3.store.create_multipart(&path)));
        let id = Some(started.await?);
        Ok(Self { s3: s3.clone(), key: key.clone(), id, parts: Vec::new(), size: 0 })
    }

    async fn put(&mut self, part: Bytes) -> Result<()> {
        let Some(id) = &self.id else { return Ok(()) };
        let (path, number, size) = (path(&self.key), self.parts.len(), part.len());
        let payload = PutPayload::from_bytes(part);
        let stored = retry("put", || {
            fault::of(&self.key, self.s3.store.put_part(&path, id, number, payload.clone()))
        });
        let stored = stored.await?;
        self.parts.push(stored);
        self.size += size as u64;
        Ok(())
    }

    async fn complete(mut self) -> Result<u64> {
        let Some(id) = &self.id else { return Ok(self.size) };
        let (s3, key, path) = (&self.s3, &self.key, path(&self.key));
        let completed = retry("put", || {
            fault::of(key, s3.store.complete_multipart(&path, id, self.parts.clone()))
        });
        if let Err(error) = completed.await {
            // An attempt may have succeeded whose answer was lost: its upload is gone and the object
            // there, under a key that nobody else writes to.
            if s3.size(key).await.ok().flatten() != Some(self.size) {
                return Err(error);
            }
        }
        self.id = None;
        Ok(self.size)
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(abort(Arc::clone(&self.s3.store), self.key.clone(), id));
    }
}

/// Where this fails, or the process dies before it, the bucket's own rule for incomplete uploads
/// has to remove the parts.
async fn abort(store: Arc<AmazonS3>, key: ObjectKey, id: MultipartId) {
    let path = path(&key);
    match retry("abort", || fault::of(&key, store.abort_multipart(&path, &id))).await {
        Ok(()) | Err(Error::NotFound(_)) => {}
        Err(error) => tracing::warn!(%key, %error, "an upload in parts could not be given up"),
    }
}
