//! Memory must not grow with the object. This is a process of its own, so that what it holds at most
//! is what one object at a time takes.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]
#![cfg(target_os = "linux")]

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use platform::bucket::{Bucket, ObjectKey};

#[expect(dead_code, reason = "the conformance suite uses more of it")]
#[path = "../conformance/bucket/servers.rs"]
mod servers;

const BLOCK: usize = 256 * 1024;
const BLOCKS: usize = 800;

/// Far less than the object, and more than connections and buffers take.
const MOST_KIB: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_megabytes_take_no_more_memory_than_a_few() {
    let gcs = servers::Gcs::new().await;
    let s3 = servers::S3::start().await;
    for url in [&gcs.url, &s3.url] {
        let bucket = Bucket::open(url).await.unwrap();
        pass(&bucket, 8).await;
        let before = peak_kib();
        pass(&bucket, BLOCKS).await;
        let grown = peak_kib() - before;
        assert!(grown < MOST_KIB, "{grown} KiB");
    }
}

/// Stores so many blocks and reads them again.
async fn pass(bucket: &Bucket, blocks: usize) {
    let key = ObjectKey::source();
    let block = |number| Ok(Bytes::from(vec![u8::try_from(number % 251).unwrap(); BLOCK]));
    let stored = bucket.put(&key, stream::iter((0..blocks).map(block))).await.unwrap();
    assert_eq!(stored, (blocks * BLOCK) as u64);
    let body = bucket.get(&key, None).await.unwrap();
    let read = body.blocks.try_fold(0, async |read, block| Ok(read + block.len())).await.unwrap();
    assert_eq!(read as u64, stored);
    bucket.delete(&key).await.unwrap();
}

/// The most memory that this process had at a time (`VmHWM` of `proc_pid_status(5)`).
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
