//! Files that are put into the bucket first, and downloads that lead to it, on each kind of bucket
//! that behaves differently: a folder, which takes and gives all bytes through the API, and Google
//! Cloud Storage, which deals with clients itself.

use std::time::Duration;

use platform::task::Task;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::app::{App, expect, problem};

const AUDIO: &[u8] = b"some audio";

/// An app whose bucket is on the emulator that `./test` starts.
async fn on_google_cloud_storage(settings: &[&str]) -> App {
    let variable = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this by ./test"))
    };
    let (endpoint, key) = (variable("TEST_GCS_URL"), variable("TEST_GCS_KEY"));
    let bucket = format!("test-{}", platform::id::new());
    let made = reqwest::Client::new()
        .post(format!("{endpoint}/storage/v1/b"))
        .json(&json!({ "name": bucket }))
        .send();
    assert!(made.await.unwrap().status().is_success());
    let url = format!("gs://{bucket}?endpoint={endpoint}&credentials={key}");
    App::with(&[&["--bucket-url", &url], settings].concat()).await
}

async fn both(settings: &[&str]) -> [App; 2] {
    [App::with(settings).await, on_google_cloud_storage(settings).await]
}

async fn offer(app: &App, token: &str, body: &Value) -> Value {
    let asked = app.post("/api/uploads").bearer_auth(token).json(body).send().await.unwrap();
    expect(asked, StatusCode::CREATED).await
}

async fn put(offer: &Value, content: &'static [u8]) -> Response {
    let mut request = reqwest::Client::new().put(offer["url"].as_str().unwrap()).body(content);
    for (name, value) in offer["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.send().await.unwrap()
}

async fn create(app: &App, token: &str, offer: &Value) -> Response {
    let body = json!({ "upload_id": offer["upload_id"], "newFormat": "mp3" });
    app.post("/api/tasks").bearer_auth(token).json(&body).send().await.unwrap()
}

async fn stored(app: &App, row: &Task) -> Vec<u8> {
    let body = app.seams.bucket.get(row.source_key.as_ref().unwrap(), None).await.unwrap();
    let blocks: Vec<bytes::Bytes> =
        futures_util::TryStreamExt::try_collect(body.blocks).await.unwrap();
    blocks.concat()
}

#[tokio::test]
async fn a_file_that_was_put_first_becomes_a_task() {
    for app in both(&[]).await {
        let token = app.sign_up("ada").await;
        let size = AUDIO.len();
        let offer = offer(&app, &token, &json!({ "filename": "a/Größe.flac", "size": size })).await;
        assert_eq!(offer["method"], "PUT");
        assert!(put(&offer, AUDIO).await.status().is_success());
        let task = expect(create(&app, &token, &offer).await, StatusCode::ACCEPTED).await;
        assert_eq!(task["task"]["original_file"], "Größe.flac");
        assert_eq!(task["task"]["original_size"], size);
        let row = app.row(&task["task"]).await;
        assert_eq!(stored(&app, &row).await, AUDIO);
        assert_eq!(app.seams.queue.depth().await, Ok(1));
        // What it was put to is given up, as the task has its own.
        assert_eq!(app.seams.db.deleting_objects(10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_upload_is_named_in_any_kind_of_form() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let post = || app.post("/api/tasks").bearer_auth(&token);
    for kind in 0..2 {
        let offer = offer(&app, &token, &json!({})).await;
        assert_eq!(put(&offer, AUDIO).await.status(), StatusCode::NO_CONTENT);
        let fields = [("upload_id", offer["upload_id"].as_str().unwrap()), ("newFormat", "ogg")];
        let request = match kind {
            0 => post().form(&fields),
            _ => {
                post().multipart(crate::app::with_fields(reqwest::multipart::Form::new(), &fields))
            }
        };
        expect(request.send().await.unwrap(), StatusCode::ACCEPTED).await;
    }
    problem(
        post().json(&json!({ "newFormat": "ogg" })).send().await.unwrap(),
        400,
        "missing_field",
    )
    .await;
}

#[tokio::test]
async fn an_upload_is_used_once_and_the_same_request_sent_again_is_answered_alike() {
    for app in both(&[]).await {
        let token = app.sign_up("ada").await;
        let offer = offer(&app, &token, &json!({})).await;
        put(&offer, AUDIO).await;
        let body = json!({ "upload_id": offer["upload_id"], "newFormat": "mp3" });
        let request = || {
            let request = app.post("/api/tasks").bearer_auth(&token).json(&body);
            request.header("idempotency-key", "once").send()
        };
        let first = expect(request().await.unwrap(), StatusCode::ACCEPTED).await;
        let again = request().await.unwrap();
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(expect(again, StatusCode::ACCEPTED).await["task"]["id"], first["task"]["id"]);
        problem(create(&app, &token, &offer).await, 409, "upload_used").await;
    }
}

#[tokio::test]
async fn nobody_else_can_use_an_upload() {
    for app in both(&[]).await {
        let (ann, eve) = (app.sign_up("ann").await, app.sign_up("eve").await);
        let offer = offer(&app, &ann, &json!({})).await;
        put(&offer, AUDIO).await;
        problem(create(&app, &eve, &offer).await, 404, "upload_not_found").await;
        let path = format!("/api/uploads/{}", offer["upload_id"].as_str().unwrap());
        let delete = app.request(Method::DELETE, &path).bearer_auth(&eve);
        problem(delete.send().await.unwrap(), 404, "upload_not_found").await;
        expect(create(&app, &ann, &offer).await, StatusCode::ACCEPTED).await;
    }
}

#[tokio::test]
async fn a_file_that_is_missing_empty_or_too_large_makes_no_task() {
    for app in both(&["--max-upload-size", "100B"]).await {
        let token = app.sign_up("ada").await;
        for (size, status, code) in [(0, 400, "empty_file"), (101, 413, "upload_too_large")] {
            let asked = app.post("/api/uploads").bearer_auth(&token).json(&json!({ "size": size }));
            problem(asked.send().await.unwrap(), status, code).await;
        }
        let missing = offer(&app, &token, &json!({})).await;
        problem(create(&app, &token, &missing).await, 409, "upload_incomplete").await;
        let large = offer(&app, &token, &json!({})).await;
        put(&large, &[7; 101]).await;
        let refused = create(&app, &token, &large).await.status();
        // A bucket on a network takes it, and it is refused here; a folder does not even get it.
        assert!(matches!(refused.as_u16(), 409 | 413), "{refused}");
        let short = offer(&app, &token, &json!({ "size": 50 })).await;
        assert!(put(&short, AUDIO).await.status().is_client_error());
        problem(create(&app, &token, &short).await, 409, "upload_incomplete").await;
        assert_eq!(app.seams.queue.depth().await, Ok(0));
    }
}

#[tokio::test]
async fn an_upload_whose_time_is_over_is_neither_taken_nor_used() {
    for app in both(&["--upload-timeout", "0s"]).await {
        let token = app.sign_up("ada").await;
        let offer = offer(&app, &token, &json!({})).await;
        problem(create(&app, &token, &offer).await, 410, "upload_expired").await;
        let ended = app.seams.db.expired_uploads(10).await.unwrap();
        assert_eq!(ended.len(), 1);
        // As the sweeper does.
        if let Some(session) = &ended[0].session {
            app.seams.bucket.withdraw_upload(session).await.unwrap();
        }
        assert!(app.seams.db.drop_upload(&ended[0]).await.unwrap());
        assert!(put(&offer, AUDIO).await.status().is_client_error());
        problem(create(&app, &token, &offer).await, 404, "upload_not_found").await;
        let given_up = app.seams.db.deleting_objects(10).await.unwrap();
        assert_eq!(given_up, std::slice::from_ref(&ended[0].object_key));
        assert_eq!(app.seams.bucket.size(&given_up[0]).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_counts_no_longer() {
    for app in both(&["--max-uploads-per-user", "1"]).await {
        let token = app.sign_up("ada").await;
        let first = offer(&app, &token, &json!({})).await;
        let ask = || app.post("/api/uploads").bearer_auth(&token).json(&json!({})).send();
        problem(ask().await.unwrap(), 429, "too_many_uploads").await;
        let path = format!("/api/uploads/{}", first["upload_id"].as_str().unwrap());
        let delete = app.request(Method::DELETE, &path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(delete.status(), StatusCode::NO_CONTENT);
        assert!(put(&first, AUDIO).await.status().is_client_error());
        expect(ask().await.unwrap(), StatusCode::CREATED).await;
    }
}

#[tokio::test]
async fn a_token_opens_no_other_upload_than_its_own() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let (one, other) =
        (offer(&app, &token, &json!({})).await, offer(&app, &token, &json!({})).await);
    let (url, id) = (one["url"].as_str().unwrap(), |offer: &Value| {
        offer["upload_id"].as_str().unwrap().to_owned()
    });
    let elsewhere = url.replace(&id(&one), &id(&other));
    for url in [elsewhere, url.split('?').next().unwrap().to_owned()] {
        let request = reqwest::Client::new().put(url).body(AUDIO);
        problem(request.send().await.unwrap(), 401, "invalid_link").await;
    }
}

#[tokio::test]
async fn a_download_leads_to_the_bucket_with_name_and_type() {
    let app = on_google_cloud_storage(&[]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "Größe.flac", "mp3").await;
    app.convert(&task, b"0123456789").await;
    let path = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    for (method, body) in [(Method::GET, "0123456789"), (Method::HEAD, "")] {
        let found = app.request(method.clone(), &path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(found.status(), StatusCode::FOUND);
        assert_eq!(found.headers()["cache-control"], "private, no-store");
        let url = found.headers()["location"].to_str().unwrap();
        let response = reqwest::Client::new().request(method, url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "audio/mpeg");
        let disposition = response.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.contains("filename*=UTF-8''Gr%C3%B6%C3%9Fe.mp3"), "{disposition}");
        assert_eq!(response.text().await.unwrap(), body);
        // What was signed can't be changed, nor used by another method.
        let other = url.replace("audio%2Fmpeg", "text%2Fhtml");
        let changed = reqwest::get(other).await.unwrap();
        assert_eq!(changed.status(), StatusCode::FORBIDDEN);
    }
    // A client that follows gets the part that it asked for.
    let client = reqwest::Client::new();
    let part = client.get(format!("{}{path}", app.url)).bearer_auth(&token);
    let part = part.header("range", "bytes=2-4").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.text().await.unwrap().as_str()), (206, "234"));
}

#[tokio::test]
async fn a_signed_url_ends() {
    let app = on_google_cloud_storage(&["--signed-url-lifetime", "1s"]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.flac", "mp3").await;
    let path = format!("/api/files/{}?which=original", task["file_id"].as_str().unwrap());
    let found = app.get(&path).bearer_auth(&token).send().await.unwrap();
    let url = found.headers()["location"].to_str().unwrap().to_owned();
    crate::app::eventually("the URL ends", || async {
        reqwest::get(&url).await.unwrap().status() == StatusCode::BAD_REQUEST
    })
    .await;
}

#[tokio::test]
async fn without_signed_urls_all_bytes_pass_through_the_api() {
    let app = on_google_cloud_storage(&["--signed-urls", "off"]).await;
    let token = app.sign_up("ada").await;
    let offer = offer(&app, &token, &json!({})).await;
    assert!(offer["url"].as_str().unwrap().starts_with(&app.url));
    assert_eq!(put(&offer, AUDIO).await.status(), StatusCode::NO_CONTENT);
    let task = expect(create(&app, &token, &offer).await, StatusCode::ACCEPTED).await;
    let file = task["task"]["file_id"].as_str().unwrap();
    let path = format!("/api/files/{file}?which=original");
    let response = app.get(&path).bearer_auth(&token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["etag"].to_str().unwrap().starts_with("\"upload-"));
    assert_eq!(response.bytes().await.unwrap(), AUDIO);
}

#[tokio::test]
async fn an_upload_counts_from_the_moment_it_is_offered() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let offer = offer(&app, &token, &json!({})).await;
    // An hour without a task gives an object up, but not one that is still on offer.
    let later = app.seams.db.now() + Duration::from_hours(2);
    assert_eq!(app.seams.db.abandon_objects(later).await.unwrap(), 0);
    put(&offer, AUDIO).await;
    expect(create(&app, &token, &offer).await, StatusCode::ACCEPTED).await;
}
