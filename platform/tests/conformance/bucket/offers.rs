//! URLs by which clients read and write objects in the bucket themselves.

use std::time::Duration;

use platform::bucket::{Bucket, Download, ObjectKey};
use reqwest::{Client, StatusCode};

use super::backend::on_one_bucket;
use super::given::{content, get, put};

const HOUR: Duration = Duration::from_hours(1);

on_one_bucket!(
    on_google_cloud_storage,
    a_signed_url_reads_its_object_and_nothing_else,
    a_signed_url_ends,
    an_offer_takes_the_bytes_of_its_object,
    an_offer_to_google_is_good_for_one_object_once,
    an_offer_to_google_that_is_withdrawn_takes_nothing
);
on_one_bucket!(
    on_s3,
    a_signed_url_reads_its_object_and_nothing_else,
    a_signed_url_ends,
    an_offer_takes_the_bytes_of_its_object
);
on_one_bucket!(on_a_folder, a_folder_signs_and_offers_nothing);

fn download(life: Duration) -> Download<'static> {
    let disposition = "attachment; filename=\"a b.mp3\"; filename*=UTF-8''%C3%A4%20b.mp3";
    Download { head: false, content_type: "audio/mpeg", disposition, life }
}

async fn status(url: &str) -> StatusCode {
    reqwest::get(url).await.unwrap().status()
}

async fn a_signed_url_reads_its_object_and_nothing_else(bucket: Bucket) {
    let (key, other, content) = (ObjectKey::source(), ObjectKey::source(), content(300_000));
    put(&bucket, &key, &content).await;
    put(&bucket, &other, b"other").await;
    let url = bucket.sign(&key, download(HOUR)).await.unwrap().unwrap();
    let response = reqwest::get(&url).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert_eq!(response.headers()["content-disposition"], download(HOUR).disposition);
    assert!(response.bytes().await.unwrap() == content);
    let part = Client::new().get(&url).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert!(part.bytes().await.unwrap() == content[10..20]);
    let head = Download { head: true, ..download(HOUR) };
    let head = bucket.sign(&key, head).await.unwrap().unwrap();
    assert_eq!(Client::new().head(&head).send().await.unwrap().status(), StatusCode::OK);
    let unsigned = url.split('?').next().unwrap();
    let changed = [
        url.replace(key.as_str(), other.as_str()),
        url.replace("mpeg", "html"),
        url.replace("Expires=3600", "Expires=360000"),
        unsigned.to_owned(),
        head,
    ];
    for url in changed {
        assert_eq!(status(&url).await, StatusCode::FORBIDDEN, "{url}");
    }
    let written = Client::new().put(&url).body("other").send().await.unwrap();
    assert!(!written.status().is_success());
    assert!(get(&bucket, &key, None).await.unwrap() == content);
}

async fn a_signed_url_ends(bucket: Bucket) {
    let key = ObjectKey::source();
    put(&bucket, &key, b"content").await;
    let url = bucket.sign(&key, download(Duration::from_secs(1))).await.unwrap().unwrap();
    for _ in 0..500 {
        if status(&url).await.is_client_error() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never ended");
}

async fn an_offer_takes_the_bytes_of_its_object(bucket: Bucket) {
    let (key, content) = (ObjectKey::direct(), content(300_000));
    let offer = bucket.offer_upload(&key, Some(300_000), HOUR).await.unwrap().unwrap();
    assert_eq!(bucket.size(&key).await.unwrap(), None);
    let sent = Client::new().put(&offer.url).body(content.clone()).send().await.unwrap();
    assert!(sent.status().is_success(), "{sent:?}");
    assert!(get(&bucket, &key, None).await.unwrap() == content);
}

async fn an_offer_to_google_is_good_for_one_object_once(bucket: Bucket) {
    let key = ObjectKey::direct();
    let offer = bucket.offer_upload(&key, None, HOUR).await.unwrap().unwrap();
    let send = |content| Client::new().put(&offer.url).body(content).send();
    assert!(send("first").await.unwrap().status().is_success());
    assert!(send("second").await.unwrap().status().is_client_error());
    assert_eq!(get(&bucket, &key, None).await.unwrap(), b"first");
    bucket.withdraw_upload(&offer.session.unwrap()).await.unwrap();
    assert_eq!(get(&bucket, &key, None).await.unwrap(), b"first");
}

async fn an_offer_to_google_that_is_withdrawn_takes_nothing(bucket: Bucket) {
    let key = ObjectKey::direct();
    let offer = bucket.offer_upload(&key, None, HOUR).await.unwrap().unwrap();
    for _ in 0..2 {
        bucket.withdraw_upload(offer.session.as_deref().unwrap()).await.unwrap();
    }
    let sent = Client::new().put(&offer.url).body("late").send().await.unwrap();
    assert!(sent.status().is_client_error());
    assert_eq!(bucket.size(&key).await.unwrap(), None);
}

async fn a_folder_signs_and_offers_nothing(bucket: Bucket) {
    let key = ObjectKey::source();
    assert_eq!(bucket.sign(&key, download(HOUR)).await.unwrap(), None);
    assert!(bucket.offer_upload(&key, None, HOUR).await.unwrap().is_none());
}
