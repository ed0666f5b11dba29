//! What is a folder's own: its address, and what it leaves on the disk.

use std::path::Path;

use platform::bucket::{Bucket, OpenError};

use super::given::{self, put};

async fn open(root: &Path) -> Bucket {
    Bucket::open(&format!("file:{}", root.display())).await.unwrap()
}

#[tokio::test]
async fn objects_are_there_when_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let key = given::result(1, 1);
    put(&open(folder.path()).await, &key, b"content").await;
    assert_eq!(given::get(&open(folder.path()).await, &key, None).await.unwrap(), b"content");
}

#[tokio::test]
async fn what_a_killed_process_left_of_an_object_is_deleted_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = open(folder.path()).await;
    let key = given::result(1, 1);
    put(&bucket, &key, b"content").await;
    let object = given::files(folder.path()).remove(0);
    std::fs::rename(&object, object.with_extension("part")).unwrap();
    assert_eq!(bucket.size(&key).await.unwrap(), None);
    bucket.delete(&key).await.unwrap();
    assert!(given::files(folder.path()).is_empty());
}

#[tokio::test]
async fn deleted_objects_leave_no_folders_that_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = open(folder.path()).await;
    let keys = [given::result(1, 1), given::result(1, 2), given::result(2, 1)];
    for key in &keys {
        put(&bucket, key, b"content").await;
    }
    for key in &keys {
        bucket.delete(key).await.unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
}

#[tokio::test]
async fn an_address_that_is_no_folder_is_named_without_its_password() {
    for (url, fault) in [
        ("s3://key:hunter2@example.org/bucket", "s3:…@example.org/bucket"),
        ("s3://bucket?secret=hunter2", "s3://bucket"),
        ("bucket", "bucket"),
        ("file:", "file:"),
        ("", "``"),
    ] {
        let error = Bucket::open(url).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{url} gave: {error:?}");
        let text = error.to_string();
        assert!(text.contains(fault) && !text.contains("hunter2"), "{url} gave: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = Bucket::open(&format!("file:{}", file.display())).await.unwrap_err();
    assert!(matches!(error, OpenError::Folder(..)), "{error:?}");
    assert!(error.to_string().contains("/file"), "{error}");
}

#[tokio::test]
async fn a_bucket_whose_folder_vanished_shows_no_sign_of_life() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = open(&folder.path().join("bucket")).await;
    bucket.ping().await.unwrap();
    std::fs::remove_dir_all(folder.path().join("bucket")).unwrap();
    assert!(bucket.ping().await.is_err());
}
