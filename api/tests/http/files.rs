use std::time::Duration;

use platform::link;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::app::{App, problem};

const RESULT: &[u8] = b"0123456789";

/// An app with a task that was converted, and its owner's token.
async fn converted(name: &str) -> (App, String, Value) {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, name, "mp3").await;
    app.convert(&task, RESULT).await;
    (app, token, task)
}

fn file(task: &Value) -> String {
    format!("/api/files/{}", task["file_id"].as_str().unwrap())
}

async fn fetch(request: RequestBuilder) -> (u16, reqwest::header::HeaderMap, String) {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

#[tokio::test]
async fn a_result_comes_with_all_that_a_browser_needs() {
    let (app, token, task) = converted("Größe.flac").await;
    let (status, headers, body) = fetch(app.get(&file(&task)).bearer_auth(&token)).await;
    assert_eq!((status, body.as_bytes()), (200, RESULT));
    for (name, value) in [
        ("content-type", "audio/mpeg"),
        ("content-length", "10"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-cache"),
        (
            "content-disposition",
            "attachment; filename=\"Gr__e.mp3\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.mp3",
        ),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!(headers["etag"], format!("\"{:064x}\"", RESULT.len()));
}

#[tokio::test]
async fn a_head_is_the_same_without_the_body() {
    let (app, token, task) = converted("a.flac").await;
    let get = fetch(app.get(&file(&task)).bearer_auth(&token)).await;
    let head = app.request(Method::HEAD, &file(&task)).bearer_auth(&token);
    let (status, headers, body) = fetch(head.header("range", "bytes=0-1")).await;
    assert_eq!((status, body.as_str()), (200, ""));
    for name in ["content-type", "content-length", "etag", "accept-ranges", "content-disposition"] {
        assert_eq!(headers.get(name), get.1.get(name), "{name}");
    }
}

#[tokio::test]
async fn ranges_are_served_and_those_beyond_the_end_refused() {
    let (app, token, task) = converted("a.flac").await;
    let ranged = |range: &str| app.get(&file(&task)).bearer_auth(&token).header("range", range);
    for (range, part, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99999999999999999999", "89", "bytes 8-9/10"),
    ] {
        let (status, headers, body) = fetch(ranged(range)).await;
        assert_eq!((status, body.as_str()), (206, part), "{range}");
        assert_eq!(headers["content-range"], content_range);
        assert_eq!(headers["content-length"], part.len().to_string());
    }
    for range in ["bytes=0-1,3-4", "lines=1-2", "bytes=x", "bytes=5-2"] {
        let (status, _, body) = fetch(ranged(range)).await;
        assert_eq!((status, body.as_bytes()), (200, RESULT), "{range}");
    }
    for range in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
        let response = ranged(range).send().await.unwrap();
        assert_eq!(response.headers()["content-range"], "bytes */10", "{range}");
        problem(response, 416, "range_not_satisfiable").await;
    }
}

#[tokio::test]
async fn a_client_that_has_the_file_is_told_so() {
    let (app, token, task) = converted("a.flac").await;
    let etag = format!("\"{:064x}\"", RESULT.len());
    let asked = |name: &str, value: &str| {
        fetch(app.get(&file(&task)).bearer_auth(&token).header(name, value))
    };
    let (status, headers, body) = asked("if-none-match", &etag).await;
    assert_eq!((status, body.as_str()), (304, ""));
    assert_eq!(headers["etag"], etag.as_str());
    assert_eq!(asked("if-none-match", "\"other\"").await.0, 200);
    assert_eq!(asked("if-match", &etag).await.0, 200);
    let other = app.get(&file(&task)).bearer_auth(&token).header("if-match", "\"other\"");
    problem(other.send().await.unwrap(), 412, "precondition_failed").await;
    for (tag, status) in [(etag.as_str(), 206), ("\"other\"", 200)] {
        let request = app.get(&file(&task)).bearer_auth(&token).header("if-range", tag);
        assert_eq!(fetch(request.header("range", "bytes=0-1")).await.0, status, "{tag}");
    }
}

#[tokio::test]
async fn the_original_can_be_fetched_too() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for (name, before, after) in [
        ("a.flac", "audio/flac", "audio/flac"),
        ("a.mp3", "audio/mpeg", "audio/flac"),
        ("a.html", "application/octet-stream", "audio/flac"),
    ] {
        let task = app.upload(&token, name, "mp3").await;
        let path = file(&task) + "?which=original";
        let (status, headers, body) = fetch(app.get(&path).bearer_auth(&token)).await;
        assert_eq!((status, body.as_str()), (200, "some audio"));
        assert_eq!(headers["content-type"], before);
        let expected = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
        assert_eq!(headers["content-disposition"], expected);
        app.convert(&task, RESULT).await;
        let (_, headers, _) = fetch(app.get(&path).bearer_auth(&token)).await;
        assert_eq!(headers["content-type"], after);
    }
}

#[tokio::test]
async fn before_the_result_is_there_the_answer_tells_why() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.flac", "mp3").await;
    let ask = || app.get(&file(&task)).bearer_auth(&token).send();
    problem(ask().await.unwrap(), 409, "not_ready").await;
    app.fail(&task, "truncated", "The file is cut off.").await;
    let body = problem(ask().await.unwrap(), 409, "truncated").await;
    assert_eq!(body["message"], "The file is cut off.");
}

#[tokio::test]
async fn after_its_retention_a_file_is_gone() {
    let app = App::with(&["--retention", "0s"]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.flac", "mp3").await;
    app.convert(&task, RESULT).await;
    let paths = [file(&task), file(&task) + "?which=original"];
    for path in &paths {
        problem(app.get(path).bearer_auth(&token).send().await.unwrap(), 410, "expired").await;
    }
    app.seams.db.expire_tasks(10).await.unwrap();
    for path in &paths {
        problem(app.get(path).bearer_auth(&token).send().await.unwrap(), 410, "expired").await;
    }
}

#[tokio::test]
async fn a_link_opens_its_own_file_until_it_ends() {
    let (app, token, task) = converted("a.flac").await;
    let other = app.upload(&token, "b.flac", "mp3").await;
    app.convert(&other, b"other").await;
    let now = app.seams.db.now();
    let id = task["file_id"].as_str().unwrap().parse().unwrap();
    let sign = |end| link::sign(&app.seams.secret, id, end).unwrap();
    let good = sign(now + Duration::from_mins(1));
    let (status, _, body) = fetch(app.get(&format!("{}?token={good}", file(&task)))).await;
    assert_eq!((status, body.as_bytes()), (200, RESULT));
    let original = format!("{}?which=original&token={good}", file(&task));
    assert_eq!(fetch(app.get(&original)).await.0, 200);
    let elsewhere = app.get(&format!("{}?token={good}", file(&other)));
    problem(elsewhere.send().await.unwrap(), 404, "file_not_found").await;
    let ended = sign(now - Duration::from_mins(1));
    for bad in [ended.as_str(), "", "nonsense", &good[..good.len() - 2], &token] {
        let request = app.get(&format!("{}?token={bad}", file(&task)));
        problem(request.send().await.unwrap(), 401, "invalid_link").await;
    }
    // A link is no login.
    let list = app.get("/api/tasks").bearer_auth(&good);
    problem(list.send().await.unwrap(), 401, "invalid_token").await;
}

#[tokio::test]
async fn a_file_that_does_not_exist_is_not_found() {
    let (app, token, task) = converted("a.flac").await;
    for path in
        ["/api/files/x", "/api/files/00000000-0000-4000-8000-000000000000", "/api/files/%00"]
    {
        let request = app.get(path).bearer_auth(&token);
        problem(request.send().await.unwrap(), 404, "file_not_found").await;
    }
    problem(app.get(&file(&task)).send().await.unwrap(), 401, "missing_token").await;
    for query in ["which=both", "which=", "x=1", "which=result&which=original"] {
        let request = app.get(&format!("{}?{query}", file(&task))).bearer_auth(&token);
        problem(request.send().await.unwrap(), 400, "malformed_parameter").await;
    }
    assert_eq!(
        StatusCode::OK,
        app.get(&file(&task)).bearer_auth(&token).send().await.unwrap().status()
    );
}
