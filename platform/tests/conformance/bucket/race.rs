//! Many at once.

use platform::bucket::{Bucket, ObjectKey};
use tokio::task::JoinSet;

use super::backend::on_each_bucket;
use super::given::{self, content, get, put};

on_each_bucket![many_objects_are_stored_at_once, storing_and_deleting_under_one_prefix_never_fails,];

async fn many_objects_are_stored_at_once(bucket: Bucket) {
    let mut uploads = JoinSet::new();
    for number in 0..32 {
        let bucket = bucket.clone();
        uploads.spawn(async move {
            let (key, content) = (ObjectKey::source(), content(50_000 + number));
            put(&bucket, &key, &content).await;
            assert!(get(&bucket, &key, None).await.unwrap() == content);
        });
    }
    uploads.join_all().await;
}

async fn storing_and_deleting_under_one_prefix_never_fails(bucket: Bucket) {
    let mut workers = JoinSet::new();
    for worker in 0..8 {
        let bucket = bucket.clone();
        workers.spawn(async move {
            for round in 0..150 {
                let key = given::result(round % 2, worker);
                put(&bucket, &key, b"content").await;
                assert_eq!(get(&bucket, &key, None).await.unwrap(), b"content");
                bucket.delete(&key).await.unwrap();
                assert_eq!(bucket.size(&key).await.unwrap(), None);
            }
        });
    }
    workers.join_all().await;
}
