//! Copying an object over a network to a local file, which is checked before it is trusted.

use std::io::SeekFrom;
use std::path::Path;

use futures_util::TryStreamExt;
use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::body::{self, Source};
use super::{Error, ObjectBody, ObjectKey, Result, retry};
use crate::digest::Checksum;

/// Bytes per system call.
const BLOCK: usize = 256 * 1024;

/// Fetches an object to a file that must not exist. Bytes that do not fit the object's checksum, or
/// the SHA-256 `digest` where one is known, are fetched once more.
pub(super) async fn fetch<S: Source>(
    source: &S,
    key: &ObjectKey,
    path: &Path,
    digest: Option<&str>,
) -> Result<()> {
    // Before the file, so that what does not exist leaves none behind.
    let body = body::read(source, key, None).await?;
    let mut file = File::create_new(path).await?;
    file.set_max_buf_size(BLOCK);
    let mut fetched = write(&mut file, key, body, digest).await;
    if let Err(error @ Error::Corrupt(_)) = &fetched {
        retry::again("fetch", error);
        fetched = rewrite(source, &mut file, key, digest).await;
    }
    if fetched.is_err() {
        // What remains there, the owner of the folder removes.
        let _ = fs::remove_file(path).await;
    }
    fetched
}

async fn rewrite<S: Source>(
    source: &S,
    file: &mut File,
    key: &ObjectKey,
    digest: Option<&str>,
) -> Result<()> {
    file.set_len(0).await?;
    file.seek(SeekFrom::Start(0)).await?;
    write(file, key, body::read(source, key, None).await?, digest).await
}

async fn write(
    file: &mut File,
    key: &ObjectKey,
    mut body: ObjectBody,
    digest: Option<&str>,
) -> Result<()> {
    let mut checksum = Checksum::default();
    while let Some(block) = body.blocks.try_next().await? {
        if digest.is_some() {
            checksum.update(&block);
        }
        file.write_all(&block).await?;
    }
    file.flush().await?;
    match digest {
        Some(digest) if digest != checksum.finish() => Err(Error::Corrupt(key.to_string())),
        _ => Ok(()),
    }
}
