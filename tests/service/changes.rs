//! PUT and DELETE while the task is being converted.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::Client;
use crate::program::{Home, eventually};
use crate::sound;

const LONG: usize = 44_100 * 600;

#[tokio::test]
async fn a_change_during_a_conversion_voids_it_and_the_new_wish_is_fulfilled() {
    let home = Home::new();
    let program = home.start_with(&[("LEASE", "1s")]);
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(LONG)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let put = ann.request(Method::PUT, &path).json(&json!({ "newFormat": "wav" }));
    assert_eq!(put.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["processed_format"], "wav");
    assert_eq!(sound::codec(&ann.download(&task).await), "pcm_s16le");
    eventually("the first conversion is given up", || {
        home.files("scratch").is_empty().then_some(())
    });
    eventually("one result is kept", || (home.files("bucket/out").len() == 1).then_some(()));
    eventually("one mail is sent", || (home.files("mail").len() == 1).then_some(()));
}

#[tokio::test]
async fn a_deletion_during_a_conversion_leaves_nothing() {
    let home = Home::new();
    let program = home.start_with(&[("LEASE", "1s")]);
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(LONG)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    let path = format!("/api/tasks/{}", task["id"]);
    assert_eq!(ann.request(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(ann.get(&path).await.status(), StatusCode::NOT_FOUND);
    eventually("the conversion is given up", || home.files("scratch").is_empty().then_some(()));
    eventually("the bucket is empty", || home.files("bucket").is_empty().then_some(()));
    assert!(program.stop().success());
    assert_eq!(home.files("mail").len(), 0);
}

#[tokio::test]
async fn files_are_gone_when_their_retention_ends() {
    let home = Home::new();
    let program = home.start_with(&[("RETENTION", "0s")]);
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("a.wav", sound::wav(&sound::signal(1000)), "mp3").await;
    let task = ann.processed(&task["id"]).await;
    let file = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    assert_eq!(ann.get(&file).await.status(), StatusCode::GONE);
    eventually("the bucket is empty", || home.files("bucket").is_empty().then_some(()));
    let path = format!("/api/tasks/{}", task["id"]);
    let put = ann.request(Method::PUT, &path).json(&json!({ "newFormat": "wav" }));
    assert_eq!(put.send().await.unwrap().status(), StatusCode::GONE);
    assert!(program.stop().success());
}
