//! The kinds of buckets, and how a test is run on each of them.

use std::path::Path;

use platform::bucket::Bucket;

use super::given::files;
use super::servers::{Gcs, S3};

/// Makes a test of each function on each kind of bucket.
macro_rules! on_each_bucket {
    ($($name:ident),+ $(,)?) => {
        $crate::bucket::backend::on_one_bucket!(on_a_folder, $($name),+);
        $crate::bucket::backend::on_one_bucket!(on_google_cloud_storage, $($name),+);
        $crate::bucket::backend::on_one_bucket!(on_s3, $($name),+);
    };
}
pub(super) use on_each_bucket;

macro_rules! on_one_bucket {
    ($kind:ident, $($name:ident),+) => {
        mod $kind {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::bucket::backend::$kind(super::$name).await;
            })+
        }
    };
}
pub(super) use on_one_bucket;

/// Runs a test on a new folder, which must hold nothing but whole objects afterwards.
pub(super) async fn on_a_folder(test: impl AsyncFnOnce(Bucket)) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("bucket");
    test(Bucket::open(&format!("file:{}", root.display())).await.unwrap()).await;
    let left = left(&root, |name| Path::new(name).extension().is_some_and(|end| end == "part"));
    assert!(left.is_empty(), "{left:?}");
}

/// Runs a test on a new bucket of the emulator.
pub(super) async fn on_google_cloud_storage(test: impl AsyncFnOnce(Bucket)) {
    let gcs = Gcs::new().await;
    test(Bucket::open(&gcs.url).await.unwrap()).await;
}

/// Runs a test on a new bucket of a server, which must hold no parts of objects afterwards.
pub(super) async fn on_s3(test: impl AsyncFnOnce(Bucket)) {
    let s3 = S3::start().await;
    test(Bucket::open(&s3.url).await.unwrap()).await;
    // What is given up is removed beside whoever gave it up.
    let left = || left(s3.folder(), |name| name.contains(".upload"));
    for _ in 0..500 {
        if left().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{:?}", left());
}

fn left(root: &Path, is_part: impl Fn(&str) -> bool) -> Vec<std::path::PathBuf> {
    let is_part = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| is_part(&name.to_string_lossy()))
    };
    files(root).into_iter().filter(is_part).collect()
}
