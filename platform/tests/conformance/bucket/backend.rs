//! The kinds of buckets, and how a test is run on each of them.

use platform::bucket::Bucket;

/// Makes a test of each function on each kind of bucket.
macro_rules! on_each_bucket {
    ($($name:ident),+ $(,)?) => {
        mod on_a_folder {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::bucket::backend::on_a_folder(super::$name).await;
            })+
        }
    };
}
pub(super) use on_each_bucket;

/// Runs a test on a new folder, which must hold nothing but whole objects afterwards.
pub(super) async fn on_a_folder(test: impl AsyncFnOnce(Bucket)) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("bucket");
    test(Bucket::open(&format!("file:{}", root.display())).await.unwrap()).await;
    let left: Vec<_> = super::given::files(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
