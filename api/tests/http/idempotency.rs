use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::app::{App, eventually, expect, form, problem};

async fn send(app: &App, token: &str, key: &str, file: &[u8], fields: &[(&str, &str)]) -> Response {
    let form = form("song.wav", file, fields);
    let request = app.post("/api/tasks").bearer_auth(token).header("idempotency-key", key);
    request.multipart(form).send().await.unwrap()
}

const MP3: &[(&str, &str)] = &[("newFormat", "mp3")];

#[tokio::test]
async fn the_same_request_again_gives_the_same_task() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let first = send(&app, &token, "key", b"some audio", MP3).await;
    assert!(first.headers().get("idempotency-replayed").is_none());
    let first = expect(first, StatusCode::ACCEPTED).await;
    let again = send(&app, &token, "key", b"some audio", MP3).await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    let again = expect(again, StatusCode::ACCEPTED).await;
    assert_eq!(first["task"]["id"], again["task"]["id"]);
    assert_eq!(app.objects(), 1);
    assert_eq!(app.seams.queue.depth().await, Ok(1));
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    expect(send(&app, &token, "key", b"some audio", MP3).await, StatusCode::ACCEPTED).await;
    for (file, fields) in [
        (b"other audio".as_slice(), MP3),
        (b"some audio", &[("newFormat", "ogg")][..]),
        (b"some audio", &[("newFormat", "mp3"), ("gain", "1")][..]),
    ] {
        let response = send(&app, &token, "key", file, fields).await;
        problem(response, 422, "idempotency_key_reused").await;
    }
    assert_eq!(app.objects(), 1);
}

#[tokio::test]
async fn a_key_is_its_users_own() {
    let app = App::start().await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let first = expect(send(&app, &ada, "key", b"a", MP3).await, StatusCode::ACCEPTED).await;
    let second = expect(send(&app, &eve, "key", b"b", MP3).await, StatusCode::ACCEPTED).await;
    assert_ne!(first["task"]["id"], second["task"]["id"]);
}

#[tokio::test]
async fn of_the_same_request_sent_many_times_at_once_one_makes_a_task() {
    let app = App::with(&["--max-uploads-per-user", "8"]).await;
    let token = app.sign_up("ada").await;
    let audio = vec![3; 1 << 20];
    let all = (0..8).map(|_| send(&app, &token, "key", &audio, MP3));
    let mut ids: Vec<Value> = Vec::new();
    for response in futures_util::future::join_all(all).await {
        ids.push(expect(response, StatusCode::ACCEPTED).await["task"]["id"].clone());
    }
    assert!(ids.iter().all(|id| id == &ids[0]), "{ids:?}");
    let list = app.get("/api/tasks").bearer_auth(&token).send().await.unwrap();
    assert_eq!(expect(list, StatusCode::OK).await.as_array().unwrap().len(), 1);
    // What the losers stored is on its way out: the sweeper deletes what is marked so.
    let db = &app.seams.db;
    eventually("all but one object are given up", || async {
        let deleting = db.deleting_objects(100).await.unwrap().len();
        let later = db.now() + std::time::Duration::from_secs(1);
        let gone = db.gone_objects(later, 100).await.unwrap().len();
        db.count_objects().await.unwrap() == i64::try_from(deleting + gone).unwrap() + 1
    })
    .await;
}

#[tokio::test]
async fn a_replay_after_another_conversion_was_asked_for_finds_its_task() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let made = expect(send(&app, &token, "key", b"a", MP3).await, StatusCode::ACCEPTED).await;
    let path = format!("/api/tasks/{}", made["task"]["id"]);
    let body = json!({"newFormat": "ogg"});
    app.request(Method::PUT, &path).bearer_auth(&token).json(&body).send().await.unwrap();
    let again = expect(send(&app, &token, "key", b"a", MP3).await, StatusCode::ACCEPTED).await;
    assert_eq!(
        (&again["task"]["id"], &again["task"]["new_format"]),
        (&made["task"]["id"], &json!("ogg"))
    );
}

#[tokio::test]
async fn a_replay_is_not_refused_for_want_of_room() {
    let app = App::with(&["--max-waiting-tasks-per-user", "1"]).await;
    let token = app.sign_up("ada").await;
    expect(send(&app, &token, "key", b"a", MP3).await, StatusCode::ACCEPTED).await;
    problem(send(&app, &token, "other", b"a", MP3).await, 429, "too_many_tasks").await;
    expect(send(&app, &token, "key", b"a", MP3).await, StatusCode::ACCEPTED).await;
}

#[tokio::test]
async fn a_key_that_can_not_be_one_is_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for key in ["", "two words", &"x".repeat(256)] {
        let response = send(&app, &token, key, b"a", MP3).await;
        problem(response, 400, "malformed_header").await;
    }
    expect(send(&app, &token, &"x".repeat(255), b"a", MP3).await, StatusCode::ACCEPTED).await;
}
