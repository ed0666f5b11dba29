//! What tests put into buckets and get out of them.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use platform::bucket::{Bucket, ObjectKey, Result};
use platform::db::Claim;

/// The key of what the claim `token` on the first task produces.
pub(super) fn result(generation: i64, token: i64) -> ObjectKey {
    ObjectKey::result(Claim { task: 1, generation, token })
}

/// These bytes as an upload brings them, in blocks of uneven sizes.
pub(super) fn blocks(content: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let blocks: Vec<_> =
        content.chunks(1000).map(|block| Ok(Bytes::copy_from_slice(block))).collect();
    stream::iter(blocks)
}

/// Bytes none of which can be taken for its neighbour.
pub(super) fn content(size: usize) -> Vec<u8> {
    (0..size).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect()
}

/// Stores an object.
pub(super) async fn put(bucket: &Bucket, key: &ObjectKey, content: &[u8]) {
    let size = bucket.put(key, blocks(content)).await.unwrap();
    assert_eq!(size, content.len() as u64);
}

/// Reads an object, or a part of it.
pub(super) async fn get(
    bucket: &Bucket,
    key: &ObjectKey,
    range: Option<std::ops::Range<u64>>,
) -> Result<Vec<u8>> {
    let blocks = bucket.get(key, range).await?.blocks;
    blocks
        .try_fold(Vec::new(), async |mut all, block| {
            all.extend_from_slice(&block);
            Ok(all)
        })
        .await
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
