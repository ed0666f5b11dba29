//! What is measured of the bucket.

use std::path::Path;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use metrics::{counter, histogram};

use super::{Error, ObjectBody, Result};

/// Counts and times an operation. That of a [`get`](super::Bucket::get) lasts until the first byte.
/// It is boxed, since the states of three buckets' clients would swell those of every caller.
pub(super) async fn observed<T>(
    kind: &'static str,
    operation: &'static str,
    work: BoxFuture<'_, Result<T>>,
) -> Result<T> {
    let start = Instant::now();
    let result = work.await;
    counter!("bucket_operations_total", "bucket" => kind, "operation" => operation,
        "outcome" => outcome(result.as_ref().err()))
    .increment(1);
    histogram!("bucket_operation_duration_seconds", "bucket" => kind, "operation" => operation)
        .record(start.elapsed().as_secs_f64());
    result
}

/// Counts the bytes of an object that was stored.
pub(super) fn stored(kind: &'static str, size: u64) {
    bytes(kind, "in", size);
}

/// Counts the bytes of an object as they are read.
pub(super) fn reading(kind: &'static str, body: ObjectBody) -> ObjectBody {
    let blocks = body.blocks.inspect(move |block| {
        if let Ok(block) = block {
            bytes(kind, "out", block.len() as u64);
        }
    });
    ObjectBody { size: body.size, blocks: blocks.boxed() }
}

/// Counts the bytes of an object that was fetched to a file.
pub(super) async fn fetched(kind: &'static str, path: &Path) {
    if let Ok(file) = tokio::fs::metadata(path).await {
        bytes(kind, "out", file.len());
    }
}

fn bytes(kind: &'static str, direction: &'static str, count: u64) {
    counter!("bucket_bytes_total", "bucket" => kind, "direction" => direction).increment(count);
}

fn outcome(error: Option<&Error>) -> &'static str {
    match error {
        None => "ok",
        Some(Error::NotFound(_)) => "not_found",
        Some(Error::Source(_)) => "source",
        Some(Error::Full(_)) => "full",
        Some(Error::Corrupt(_)) => "corrupt",
        Some(Error::Io(_)) => "io",
    }
}
