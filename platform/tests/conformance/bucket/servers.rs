//! Buckets on servers: an emulator that `./test` starts, and an S3 server inside the test.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A bucket of its own on the emulator of Google Cloud Storage.
pub(super) struct Gcs {
    pub(super) url: String,
    /// Where the emulator is.
    pub(super) endpoint: String,
    pub(super) bucket: String,
}

impl Gcs {
    pub(super) async fn new() -> Self {
        let endpoint = variable("TEST_GCS_URL");
        let bucket = format!("test-{}", uuid::Uuid::new_v4());
        let body = serde_json::json!({ "name": bucket });
        let made = reqwest::Client::new()
            .post(format!("{endpoint}/storage/v1/b"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(made.status().is_success(), "{made:?}");
        Self { url: address(&bucket, &endpoint), endpoint, bucket }
    }

    /// The same bucket behind another address.
    pub(super) fn behind(&self, endpoint: &str) -> String {
        address(&self.bucket, endpoint)
    }
}

fn address(bucket: &str, endpoint: &str) -> String {
    let key = variable("TEST_GCS_KEY");
    format!("gs://{bucket}?endpoint={endpoint}&credentials={key}")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this by ./test"))
}

/// An S3 server that checks signatures, with one bucket.
pub(super) struct S3 {
    pub(super) url: String,
    pub(super) endpoint: String,
    root: TempDir,
    running: JoinHandle<()>,
}

const KEY: (&str, &str) = ("AKIATEST", "a/secret+of=tests");

impl S3 {
    pub(super) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("bucket")).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let running = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    // A client may go whenever it likes.
                    let _ = http.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { url: Self::address(&endpoint, KEY.1), endpoint, root, running }
    }

    /// The bucket behind another address.
    pub(super) fn behind(endpoint: &str) -> String {
        Self::address(endpoint, KEY.1)
    }

    /// The bucket with a secret of one's own.
    pub(super) fn address(endpoint: &str, secret: &str) -> String {
        let secret = secret.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        format!("s3://{}:{secret}@bucket?endpoint={endpoint}&region=us-east-1", KEY.0)
    }

    /// Where the server keeps everything.
    pub(super) fn folder(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.running.abort();
    }
}
