//! Objects on their way in: a resumable upload of unknown length, part by part. The crate has one too,
//! which drops a part whose connection breaks and goes on behind it (1.21), so this is our own.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::Stream;

use super::Gcs;
use super::rest::Rest;
use super::session::{Progress, Stored};
use crate::bucket::parts::Parts;
use crate::bucket::retry::{Fault, retry};
use crate::bucket::{Error, ObjectKey, Result};

/// Bytes of a part, which are kept until the service has them; a multiple of 256 KiB.
const PART: usize = 4 << 20;

impl Gcs {
    pub(in crate::bucket) async fn put<S>(&self, key: &ObjectKey, blocks: S) -> Result<u64>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let mut parts = Parts::new(blocks, PART);
        let mut upload = Upload::start(&self.rest, key).await?;
        let mut crc32c = 0;
        loop {
            let part = parts.next().await?;
            crc32c = crc32c::crc32c_append(crc32c, &part);
            if let Some(stored) = upload.send(part).await? {
                if fits(&stored, upload.sent, crc32c) {
                    return Ok(upload.sent);
                }
                self.delete(key).await?;
                return Err(Error::Corrupt(key.to_string()));
            }
        }
    }
}

fn fits(stored: &Stored, size: u64, crc32c: u32) -> bool {
    let expected = BASE64_STANDARD.encode(crc32c.to_be_bytes());
    stored.size.parse() == Ok(size)
        && stored.crc32c.as_ref().is_none_or(|crc32c| *crc32c == expected)
}

/// An upload; given up when dropped before the object is there.
struct Upload {
    rest: Rest,
    /// Present until the object is there.
    place: Option<String>,
    /// Bytes that the service has.
    sent: u64,
}

impl Upload {
    async fn start(rest: &Rest, key: &ObjectKey) -> Result<Self> {
        let place = retry("put", || rest.start_upload(key, None)).await?;
        Ok(Self { rest: rest.clone(), place: Some(place), sent: 0 })
    }

    /// Sends the next part. One that is shorter than the others is the last.
    async fn send(&mut self, part: Bytes) -> Result<Option<Stored>> {
        let Some(place) = &self.place else { return Ok(None) };
        let (start, end) = (self.sent, self.sent + part.len() as u64);
        let total = (part.len() < PART).then_some(end);
        let first = AtomicBool::new(true);
        let sent = retry("put", || async {
            let kept = if first.swap(false, Ordering::Relaxed) {
                start
            } else {
                // The service may have all of the part, some, or nothing.
                match self.rest.upload(place, 0, Bytes::new(), None).await? {
                    Progress::Stored(stored) => return Ok(Some(stored)),
                    Progress::Kept(kept) => kept,
                }
            };
            let rest = rest_of(&part, start, kept)?;
            match self.rest.upload(place, kept, rest, total).await? {
                Progress::Stored(stored) => Ok(Some(stored)),
                Progress::Kept(kept) if kept == end && total.is_none() => Ok(None),
                Progress::Kept(_) => {
                    let kind = io::ErrorKind::WriteZero;
                    Err(Fault::broken(kind, "the bucket did not take all of a part"))
                }
            }
        });
        let stored = sent.await?;
        self.sent = end;
        if stored.is_some() {
            self.place = None;
        }
        Ok(stored)
    }
}

/// What of a part that begins at `start` lies behind what is kept.
fn rest_of(part: &Bytes, start: u64, kept: u64) -> std::result::Result<Bytes, Fault> {
    let skip = kept.checked_sub(start).and_then(|skip| usize::try_from(skip).ok());
    match skip.filter(|skip| *skip <= part.len()) {
        Some(skip) => Ok(part.slice(skip..)),
        None => Err(Fault::Lasting(Error::Io(io::Error::other(format!(
            "the bucket has {kept} bytes, which can't be"
        ))))),
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let (Some(place), Ok(runtime)) = (self.place.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let rest = self.rest.clone();
        runtime.spawn(async move {
            // What fails here is no object, and ends by itself within a week.
            if let Err(error) = retry("cancel", || rest.cancel_upload(&place)).await {
                tracing::warn!(%error, "an upload could not be given up");
            }
        });
    }
}
