//! What becomes of operations when the network between us and the bucket fails.

use std::time::Duration;

use platform::bucket::{Bucket, Error, ObjectKey};
use platform::digest::Checksum;

use super::given::{content, get, put};
use super::proxy::{Harm, Proxy};
use super::servers::{Gcs, S3};

const ALWAYS: u32 = u32::MAX;

/// A bucket, and the same behind a proxy.
struct Network {
    direct: Bucket,
    bucket: Bucket,
    proxy: Proxy,
}

macro_rules! on_each_network {
    ($($name:ident),+ $(,)?) => {
        mod to_google_cloud_storage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let gcs = super::Gcs::new().await;
                let proxy = super::Proxy::before(&gcs.endpoint).await;
                let url = gcs.behind(&proxy.endpoint);
                super::$name(super::network(&gcs.url, &url, proxy).await).await;
            })+
        }
        mod to_s3 {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let s3 = super::S3::start().await;
                let proxy = super::Proxy::before(&s3.endpoint).await;
                let url = super::S3::behind(&proxy.endpoint);
                super::$name(super::network(&s3.url, &url, proxy).await).await;
            })+
        }
    };
}

on_each_network![
    a_download_that_breaks_off_is_taken_up_where_it_was,
    a_part_that_breaks_off_is_taken_up_where_it_was,
    a_download_that_breaks_off_again_and_again_ends_in_an_error,
    an_upload_that_breaks_off_is_sent_again,
    an_upload_whose_answer_is_lost_is_there,
    whatever_is_refused_for_now_is_asked_for_again,
    what_is_always_refused_fails_after_a_few_attempts,
    changed_bytes_are_fetched_again,
    bytes_that_are_changed_each_time_make_no_file,
    a_slow_network_is_no_fault,
];

async fn network(direct: &str, proxied: &str, proxy: Proxy) -> Network {
    let bucket = Bucket::open(proxied).await.unwrap();
    Network { direct: Bucket::open(direct).await.unwrap(), bucket, proxy }
}

async fn a_download_that_breaks_off_is_taken_up_where_it_was(network: Network) {
    let (key, content) = (ObjectKey::source(), content(3_000_000));
    put(&network.direct, &key, &content).await;
    network.proxy.harm(Harm::CutAnswer(600_000), 4).await;
    assert!(get(&network.bucket, &key, None).await.unwrap() == content);
    assert_eq!(network.proxy.harmed(), 4);
    network.proxy.harm(Harm::CutAnswer(600_000), 4).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    network.bucket.fetch(&key, &path, None).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
}

async fn a_part_that_breaks_off_is_taken_up_where_it_was(network: Network) {
    let (key, content) = (ObjectKey::source(), content(3_000_000));
    put(&network.direct, &key, &content).await;
    network.proxy.harm(Harm::CutAnswer(300_000), 2).await;
    let part = get(&network.bucket, &key, Some(1_000_000..2_000_000)).await.unwrap();
    assert!(part == content[1_000_000..2_000_000]);
    assert_eq!(network.proxy.harmed(), 2);
}

async fn a_download_that_breaks_off_again_and_again_ends_in_an_error(network: Network) {
    let key = ObjectKey::source();
    put(&network.direct, &key, &content(3_000_000)).await;
    network.proxy.harm(Harm::CutAnswer(100_000), ALWAYS).await;
    let broken = get(&network.bucket, &key, None).await;
    assert!(matches!(broken, Err(Error::Io(_))), "{broken:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    let broken = network.bucket.fetch(&key, &path, None).await;
    assert!(matches!(broken, Err(Error::Io(_))), "{broken:?}");
    assert!(!path.exists());
}

async fn an_upload_that_breaks_off_is_sent_again(network: Network) {
    // Smaller and larger than what is sent at once.
    for size in [2_000_000, 20_000_000] {
        let (key, content) = (ObjectKey::source(), content(size));
        network.proxy.harm(Harm::CutRequest(1_000_000), 2).await;
        put(&network.bucket, &key, &content).await;
        assert_eq!(network.proxy.harmed(), 2);
        assert!(get(&network.direct, &key, None).await.unwrap() == content);
    }
}

async fn an_upload_whose_answer_is_lost_is_there(network: Network) {
    // The answer to the whole object, to the first part of it, and to its end.
    for (size, after) in [(2_000_000, 1_999_000), (20_000_000, 3_000_000), (20_000_000, 19_900_000)]
    {
        let (key, content) = (ObjectKey::source(), content(size));
        network.proxy.harm(Harm::LoseAnswer(after), 1).await;
        put(&network.bucket, &key, &content).await;
        assert_eq!(network.proxy.harmed(), 1);
        assert!(get(&network.direct, &key, None).await.unwrap() == content);
    }
}

async fn whatever_is_refused_for_now_is_asked_for_again(network: Network) {
    let (key, copy, content) = (ObjectKey::source(), ObjectKey::source(), content(1_000_000));
    let (bucket, proxy) = (&network.bucket, &network.proxy);
    proxy.harm(Harm::Refuse, 2).await;
    put(bucket, &key, &content).await;
    assert_eq!(proxy.harmed(), 2);
    proxy.harm(Harm::Refuse, 2).await;
    assert!(get(bucket, &key, None).await.unwrap() == content);
    assert_eq!(proxy.harmed(), 2);
    proxy.harm(Harm::Refuse, 2).await;
    bucket.copy(&key, &copy).await.unwrap();
    assert_eq!(proxy.harmed(), 2);
    proxy.harm(Harm::Refuse, 2).await;
    assert_eq!(bucket.size(&copy).await.unwrap(), Some(1_000_000));
    assert_eq!(proxy.harmed(), 2);
    proxy.harm(Harm::Refuse, 2).await;
    bucket.delete(&copy).await.unwrap();
    assert_eq!(proxy.harmed(), 2);
    assert_eq!(network.direct.size(&copy).await.unwrap(), None);
}

async fn what_is_always_refused_fails_after_a_few_attempts(network: Network) {
    let (key, bucket) = (ObjectKey::source(), &network.bucket);
    network.proxy.harm(Harm::Refuse, ALWAYS).await;
    assert!(matches!(bucket.size(&key).await, Err(Error::Io(_))));
    assert!(matches!(bucket.get(&key, None).await, Err(Error::Io(_))));
    assert!(matches!(bucket.copy(&key, &ObjectKey::source()).await, Err(Error::Io(_))));
    assert!(matches!(bucket.delete(&key).await, Err(Error::Io(_))));
    let blocks = super::given::blocks(&content(1000));
    assert!(matches!(bucket.put(&key, blocks).await, Err(Error::Io(_))));
    assert!(network.proxy.harmed() <= 20, "{} attempts", network.proxy.harmed());
    assert!(matches!(bucket.ping().await, Err(Error::Io(_))));
}

fn digest(content: &[u8]) -> String {
    let mut checksum = Checksum::default();
    checksum.update(content);
    checksum.finish()
}

async fn changed_bytes_are_fetched_again(network: Network) {
    let (key, content) = (ObjectKey::source(), content(1_000_000));
    put(&network.direct, &key, &content).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    network.proxy.harm(Harm::Corrupt(700_000), 1).await;
    network.bucket.fetch(&key, &path, Some(&digest(&content))).await.unwrap();
    assert_eq!(network.proxy.harmed(), 1);
    assert!(std::fs::read(&path).unwrap() == content);
}

async fn bytes_that_are_changed_each_time_make_no_file(network: Network) {
    let (key, content) = (ObjectKey::source(), content(1_000_000));
    put(&network.direct, &key, &content).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    let wrong = digest(b"other bytes");
    let changed = network.bucket.fetch(&key, &path, Some(&wrong)).await;
    assert!(matches!(&changed, Err(Error::Corrupt(name)) if *name == key.to_string()));
    assert!(!path.exists());
}

async fn a_slow_network_is_no_fault(network: Network) {
    let (key, content) = (ObjectKey::source(), content(500_000));
    network.proxy.harm(Harm::Delay(Duration::from_millis(5)), ALWAYS).await;
    put(&network.bucket, &key, &content).await;
    assert!(get(&network.bucket, &key, None).await.unwrap() == content);
}

/// Google Cloud Storage keeps a checksum of each object, so that nobody has to know one.
#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_are_noticed_by_the_checksum_of_google_cloud_storage() {
    let gcs = Gcs::new().await;
    let proxy = Proxy::before(&gcs.endpoint).await;
    let url = gcs.behind(&proxy.endpoint);
    let network = network(&gcs.url, &url, proxy).await;
    let (key, content) = (ObjectKey::source(), content(1_000_000));
    put(&network.direct, &key, &content).await;
    network.proxy.harm(Harm::Corrupt(700_000), 1).await;
    let changed = get(&network.bucket, &key, None).await;
    assert!(matches!(changed, Err(Error::Corrupt(_))), "{changed:?}");
    network.proxy.harm(Harm::Corrupt(700_000), 1).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    network.bucket.fetch(&key, &path, None).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
}
