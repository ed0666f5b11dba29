//! Storing, copying and deleting objects.

use std::io::{Error as IoError, ErrorKind};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use platform::bucket::{Bucket, Error, ObjectKey};

use super::backend::on_each_bucket;
use super::given::{self, content, get, put};

on_each_bucket![
    an_object_is_read_back_as_it_was_stored,
    an_upload_that_breaks_off_leaves_nothing,
    an_upload_that_is_given_up_leaves_nothing,
    an_object_is_not_seen_before_it_is_whole,
    a_copy_lives_on_without_its_original,
    what_does_not_exist_can_not_be_copied,
    deleting_is_done_however_often_it_is_asked_for,
    deleting_one_object_leaves_its_neighbours,
    fifty_megabytes_are_stored_and_read_block_by_block,
];

async fn an_object_is_read_back_as_it_was_stored(bucket: Bucket) {
    bucket.ping().await.unwrap();
    for size in [0, 1, 999, 1000, 262_143, 262_144, 262_145, 3_000_000] {
        let (key, content) = (ObjectKey::source(), content(size));
        assert_eq!(bucket.size(&key).await.unwrap(), None);
        put(&bucket, &key, &content).await;
        assert_eq!(bucket.size(&key).await.unwrap(), Some(size as u64));
        assert_eq!(bucket.get(&key, None).await.unwrap().size, size as u64);
        assert!(get(&bucket, &key, None).await.unwrap() == content, "{size} bytes");
    }
}

async fn an_upload_that_breaks_off_leaves_nothing(bucket: Bucket) {
    for (key, size) in [(ObjectKey::source(), 0), (given::result(1, 1), 500_000)] {
        let cut = stream::iter([Err(IoError::from(ErrorKind::ConnectionReset))]);
        let broken = given::blocks(&content(size)).chain(cut);
        let failed = bucket.put(&key, broken).await;
        assert!(
            matches!(&failed, Err(Error::Source(why)) if why.kind() == ErrorKind::ConnectionReset),
            "{failed:?}"
        );
        assert_eq!(bucket.size(&key).await.unwrap(), None);
    }
}

async fn an_upload_that_is_given_up_leaves_nothing(bucket: Bucket) {
    let key = ObjectKey::source();
    let endless = given::blocks(&content(500_000)).chain(stream::pending());
    let upload = Box::pin(bucket.put(&key, endless));
    let patience = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(patience, upload).await.is_err());
    assert_eq!(bucket.size(&key).await.unwrap(), None);
}

async fn an_object_is_not_seen_before_it_is_whole(bucket: Bucket) {
    let (key, content) = (given::result(1, 1), content(300_000));
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let blocks = stream::unfold(receiver, async |mut receiver| {
        let block: Option<Bytes> = receiver.recv().await;
        block.map(|block| (Ok(block), receiver))
    });
    let upload = tokio::spawn({
        let (bucket, key) = (bucket.clone(), key.clone());
        async move { bucket.put(&key, blocks).await }
    });
    for block in content.chunks(30_000) {
        sender.send(Bytes::copy_from_slice(block)).await.unwrap();
        assert_eq!(bucket.size(&key).await.unwrap(), None);
        let early = bucket.get(&key, None).await;
        assert!(matches!(early, Err(Error::NotFound(_))), "{early:?}");
    }
    drop(sender);
    assert_eq!(upload.await.unwrap().unwrap(), content.len() as u64);
    assert!(get(&bucket, &key, None).await.unwrap() == content);
}

async fn a_copy_lives_on_without_its_original(bucket: Bucket) {
    let (from, to, content) = (ObjectKey::source(), given::result(1, 1), content(70_000));
    put(&bucket, &from, &content).await;
    bucket.copy(&from, &to).await.unwrap();
    assert!(get(&bucket, &from, None).await.unwrap() == content);
    bucket.delete(&from).await.unwrap();
    assert!(get(&bucket, &to, None).await.unwrap() == content);
}

async fn what_does_not_exist_can_not_be_copied(bucket: Bucket) {
    let (from, to) = (ObjectKey::source(), given::result(1, 1));
    let failed = bucket.copy(&from, &to).await;
    assert!(matches!(&failed, Err(Error::NotFound(key)) if *key == from.to_string()), "{failed:?}");
    assert_eq!(bucket.size(&to).await.unwrap(), None);
}

async fn deleting_is_done_however_often_it_is_asked_for(bucket: Bucket) {
    for key in [ObjectKey::source(), ObjectKey::probe(), given::result(1, 1)] {
        bucket.delete(&key).await.unwrap();
        put(&bucket, &key, b"content").await;
        for _ in 0..2 {
            bucket.delete(&key).await.unwrap();
            assert_eq!(bucket.size(&key).await.unwrap(), None);
            assert!(matches!(bucket.get(&key, None).await, Err(Error::NotFound(_))));
        }
    }
}

async fn deleting_one_object_leaves_its_neighbours(bucket: Bucket) {
    let keys =
        [given::result(1, 1), given::result(1, 2), given::result(2, 1), given::result(2, 11)];
    for key in &keys {
        put(&bucket, key, key.as_str().as_bytes()).await;
    }
    for (number, key) in keys.iter().enumerate() {
        bucket.delete(key).await.unwrap();
        for rest in &keys[number + 1..] {
            assert_eq!(get(&bucket, rest, None).await.unwrap(), rest.as_str().as_bytes());
        }
    }
}

async fn fifty_megabytes_are_stored_and_read_block_by_block(bucket: Bucket) {
    const BLOCK: usize = 64 * 1024;
    const BLOCKS: usize = 800;
    let (key, block) = (ObjectKey::source(), Bytes::from(content(BLOCK)));
    let upload = stream::iter((0..BLOCKS).map({
        let block = block.clone();
        move |_| Ok(block.clone())
    }));
    assert_eq!(bucket.put(&key, upload).await.unwrap(), (BLOCKS * BLOCK) as u64);
    let mut body = bucket.get(&key, None).await.unwrap().blocks;
    let mut read = 0;
    while let Some(part) = body.next().await {
        let part = part.unwrap();
        assert!(part.len() <= 1 << 20, "a block of {} bytes", part.len());
        assert!(part.iter().zip(read..).all(|(byte, at)| *byte == block[at % BLOCK]));
        read += part.len();
    }
    assert_eq!(read, BLOCKS * BLOCK);
}
