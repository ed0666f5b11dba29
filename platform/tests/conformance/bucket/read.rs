//! Reading objects.

use platform::bucket::{Bucket, Error, ObjectKey};

use super::backend::on_each_bucket;
use super::given::{self, content, get, put};

on_each_bucket![
    any_part_of_an_object_can_be_read,
    what_does_not_exist_is_not_found,
    a_reader_gets_the_whole_object_though_it_is_deleted_meanwhile,
    an_object_is_fetched_as_a_file,
    fetching_does_not_write_over_a_file,
    fetching_to_a_missing_folder_does_not_say_that_the_object_is_missing,
];

async fn any_part_of_an_object_can_be_read(bucket: Bucket) {
    let (key, content) = (ObjectKey::source(), content(600_000));
    put(&bucket, &key, &content).await;
    for range in [0..1, 0..600_000, 5..5, 1..600_000, 262_143..262_146, 599_999..600_000] {
        let body = bucket.get(&key, Some(range.clone())).await.unwrap();
        assert_eq!(body.size, 600_000);
        let bounds = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        let part = get(&bucket, &key, Some(range.clone())).await.unwrap();
        assert!(part == content[bounds], "{range:?}");
    }
}

async fn what_does_not_exist_is_not_found(bucket: Bucket) {
    for key in [ObjectKey::source(), given::result(1, 1)] {
        for range in [None, Some(0..1)] {
            let missing = bucket.get(&key, range).await;
            assert!(
                matches!(&missing, Err(Error::NotFound(name)) if *name == key.to_string()),
                "{missing:?}"
            );
        }
        assert_eq!(bucket.size(&key).await.unwrap(), None);
    }
}

async fn a_reader_gets_the_whole_object_though_it_is_deleted_meanwhile(bucket: Bucket) {
    let (key, content) = (ObjectKey::source(), content(2_000_000));
    put(&bucket, &key, &content).await;
    let body = bucket.get(&key, None).await.unwrap();
    bucket.delete(&key).await.unwrap();
    let blocks: Vec<_> = futures_util::StreamExt::collect(body.blocks).await;
    let read: Vec<u8> = blocks.into_iter().flat_map(Result::unwrap).collect();
    assert!(read == content);
}

async fn an_object_is_fetched_as_a_file(bucket: Bucket) {
    let folder = tempfile::tempdir().unwrap();
    for size in [0, 1_000_000] {
        let (key, content) = (ObjectKey::source(), content(size));
        put(&bucket, &key, &content).await;
        let path = folder.path().join(size.to_string());
        bucket.fetch(&key, &path, None).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == content);
        bucket.delete(&key).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == content);
    }
    let path = folder.path().join("missing");
    let missing = bucket.fetch(&ObjectKey::source(), &path, None).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    assert!(!path.exists());
}

/// The file may be a link to the object itself, left by a process that was killed: to write to it
/// would destroy the object.
async fn fetching_does_not_write_over_a_file(bucket: Bucket) {
    let folder = tempfile::tempdir().unwrap();
    let (key, other) = (ObjectKey::source(), ObjectKey::source());
    put(&bucket, &key, b"object").await;
    put(&bucket, &other, b"other").await;
    let path = folder.path().join("source");
    bucket.fetch(&key, &path, None).await.unwrap();
    for key in [&key, &other] {
        let refused = bucket.fetch(key, &path, None).await;
        assert!(matches!(refused, Err(Error::Io(_))), "{refused:?}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"object");
    assert_eq!(get(&bucket, &key, None).await.unwrap(), b"object");
}

async fn fetching_to_a_missing_folder_does_not_say_that_the_object_is_missing(bucket: Bucket) {
    let folder = tempfile::tempdir().unwrap();
    let key = ObjectKey::source();
    put(&bucket, &key, b"object").await;
    let failed = bucket.fetch(&key, &folder.path().join("missing/source"), None).await;
    assert!(matches!(failed, Err(Error::Io(_))), "{failed:?}");
}
