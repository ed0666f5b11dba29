//! Opening buckets on a network.

use platform::bucket::{Bucket, OpenError};

use super::servers::{Gcs, S3};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_at_the_start_without_being_shown() {
    let s3 = S3::start().await;
    let error = Bucket::open(&S3::address(&s3.endpoint, "hunter2")).await.unwrap_err();
    assert!(matches!(error, OpenError::Refused(..)), "{error:?}");
    let text = platform::seams::Error::from(error).to_string();
    assert!(text.starts_with("BUCKET_URL: s3:…@bucket can't be used"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_does_not_exist_is_told_at_the_start() {
    let gcs = Gcs::new().await;
    let s3 = S3::start().await;
    let others = [
        gcs.url.replace(&gcs.bucket, "no-such-bucket"),
        s3.url.replace("@bucket", "@no-such-bucket"),
    ];
    for url in others {
        let error = Bucket::open(&url).await.unwrap_err();
        assert!(matches!(error, OpenError::Refused(..)), "{error:?}");
        assert!(error.to_string().contains("no-such-bucket can't be used"), "{error}");
    }
}

#[tokio::test]
async fn a_key_file_that_can_not_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let url = format!("gs://bucket?credentials={}", path.display());
    for content in [None, Some("no JSON"), Some("{}")] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = Bucket::open(&url).await.unwrap_err();
        assert!(matches!(error, OpenError::Credentials(..)), "{error:?}");
        let text = platform::seams::Error::from(error).to_string();
        assert!(text.starts_with("BUCKET_URL: gs://bucket"), "{text}");
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_yet_is_opened() {
    // A port that was free a moment ago, and that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [S3::behind(&endpoint), format!("gs://bucket?endpoint={endpoint}")] {
        let bucket = Bucket::open(&url).await.unwrap();
        assert!(bucket.ping().await.is_err());
    }
}

#[tokio::test]
async fn an_address_with_what_nobody_knows_is_refused() {
    for url in [
        "gs://",
        "gs:bucket",
        "gs://bucket/folder",
        "gs://bucket?region=eu",
        "gs://ann:secret@bucket",
        "s3://bucket?credentials=file",
        "s3://bucket?endpoint=localhost",
    ] {
        let error = Bucket::open(url).await.unwrap_err();
        let refused = matches!(error, OpenError::Url(_) | OpenError::Parameter(..));
        assert!(refused && !error.to_string().contains("secret"), "{url} gave: {error:?}");
    }
}
