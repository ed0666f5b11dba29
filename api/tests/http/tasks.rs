use platform::clock;
use platform::task::Status;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{App, expect, form, problem};

/// Every member that the contract names.
const MEMBERS: [&str; 23] = [
    "attempts",
    "download_url",
    "duration_seconds",
    "error",
    "expires_at",
    "file_id",
    "id",
    "new_format",
    "options",
    "original_file",
    "original_format",
    "original_size",
    "processed_at",
    "processed_file",
    "processed_format",
    "processed_size",
    "progress",
    "started_at",
    "status",
    "timestamp",
    "uploaded_at",
    "uploaded_filename",
    "user_id",
];

#[tokio::test]
async fn a_task_has_the_contracts_members_and_no_others() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "song.flac", "mp3").await;
    let mut members: Vec<&str> = task.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, MEMBERS);
    assert_eq!(task["status"], "uploaded");
    assert_eq!(task["progress"], 0);
    assert_eq!(task["uploaded_filename"], "song.flac");
    assert_eq!(task["original_size"], 10);
    assert_eq!(task["options"], json!({}));
    assert_eq!(task["timestamp"], task["uploaded_at"]);
    for member in ["download_url", "processed_file", "processed_at", "error", "expires_at"] {
        assert_eq!(task[member], Value::Null, "{member}");
    }
    let id = task["id"].as_i64().unwrap();
    assert!((1..1 << 53).contains(&id));
    let uploaded = task["uploaded_at"].as_str().unwrap();
    let time: chrono::DateTime<chrono::Utc> = uploaded.parse().unwrap();
    assert!(uploaded.ends_with('Z') && time <= clock::now(), "{uploaded}");
}

#[tokio::test]
async fn a_finished_task_tells_of_its_result_and_where_to_fetch_it() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "Größe.flac", "ogg").await;
    app.convert(&task, b"result").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let task =
        expect(app.get(&path).bearer_auth(&token).send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(task["status"], "processed");
    assert_eq!(task["progress"], 100);
    assert_eq!(task["processed_file"], "Größe.ogg");
    assert_eq!(task["processed_format"], "ogg");
    assert_eq!(task["processed_size"], 6);
    assert_eq!(task["original_format"], "flac");
    assert_eq!(task["duration_seconds"], 1.5);
    let url = task["download_url"].as_str().unwrap();
    let file = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    assert!(url.starts_with(&file), "{url}");
    // In a browser without the header, and in a program with it.
    assert_eq!(app.get(url).send().await.unwrap().text().await.unwrap(), "result");
    let response = app.get(url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "result");
}

#[tokio::test]
async fn a_failed_task_tells_why() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "picture.mp3", "ogg").await;
    app.fail(&task, "unrecognised_format", "This is no audio.").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let task =
        expect(app.get(&path).bearer_auth(&token).send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(task["status"], "failed");
    let error = json!({"code": "unrecognised_format", "message": "This is no audio."});
    assert_eq!(task["error"], error);
    assert_eq!(task["download_url"], Value::Null);
}

#[tokio::test]
async fn the_list_goes_from_newest_to_oldest_page_by_page() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, app.upload(&token, &format!("{number}.mp3"), "ogg").await["id"].clone());
    }
    let mut found = Vec::new();
    let mut next = Some("/api/tasks?limit=2".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let response = app.get(&path).bearer_auth(&token).send().await.unwrap();
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| {
            let (path, rest) = link[1..].split_once('>').unwrap();
            assert_eq!(rest, "; rel=\"next\"");
            path.to_owned()
        });
        let page = expect(response, StatusCode::OK).await;
        found.extend(page.as_array().unwrap().iter().map(|task| task["id"].clone()));
        pages += 1;
    }
    assert_eq!((found, pages), (made, 3));
}

#[tokio::test]
async fn the_list_can_be_of_one_state() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let waiting = app.upload(&token, "a.mp3", "ogg").await;
    let done = app.upload(&token, "b.mp3", "ogg").await;
    app.convert(&done, b"result").await;
    for status in Status::ALL {
        let path = format!("/api/tasks?status={status}");
        let response = app.get(&path).bearer_auth(&token).send().await.unwrap();
        let list = expect(response, StatusCode::OK).await;
        let ids: Vec<&Value> = list.as_array().unwrap().iter().map(|task| &task["id"]).collect();
        let expected = match status {
            Status::Uploaded => vec![&waiting["id"]],
            Status::Processed => vec![&done["id"]],
            _ => vec![],
        };
        assert_eq!(ids, expected, "{status}");
    }
}

#[tokio::test]
async fn converting_again_starts_anew_and_takes_the_result_away() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "song.flac", "mp3").await;
    app.convert(&task, b"result").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let body = json!({"newFormat": "WAV", "bitDepth": 24, "keepTags": false, "gain": null});
    let put = app.request(Method::PUT, &path).bearer_auth(&token).json(&body);
    let answer = expect(put.send().await.unwrap(), StatusCode::ACCEPTED).await;
    let again = &answer["task"];
    assert!(answer["message"].is_string());
    assert_eq!((&again["id"], &again["file_id"]), (&task["id"], &task["file_id"]));
    assert_eq!((&again["status"], &again["new_format"]), (&json!("uploaded"), &json!("wav")));
    assert_eq!(again["options"], json!({"bitDepth": "24", "keepTags": false}));
    let file = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    problem(app.get(&file).bearer_auth(&token).send().await.unwrap(), 409, "not_ready").await;
    let row = app.row(&task).await;
    assert_eq!(row.generation, 2);
    assert!(row.published_at.is_some());
    app.convert(&task, b"other").await;
    let response = app.get(&file).bearer_auth(&token).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "other");
}

#[tokio::test]
async fn converting_again_takes_forms_and_refuses_what_it_does_not_know() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "song.flac", "mp3").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let put = || app.request(Method::PUT, &path).bearer_auth(&token);
    let accepted = put().form(&[("newFormat", "acc"), ("bitrate", "96k")]).send().await.unwrap();
    let answer = expect(accepted, StatusCode::ACCEPTED).await;
    assert_eq!(answer["task"]["options"], json!({"bitrate": 96000}));
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({"newFormat": "flac"}), "format_not_allowed"),
        (json!({"newFormat": ["mp3"]}), "malformed_body"),
        (json!({"newFormat": "mp3", "bitrate": 1}), "invalid_bitrate"),
        (json!({"newFormat": "mp3", "quality": 3}), "unsupported_option"),
        (json!({"newFormat": "mp3", "container": "m4a"}), "unsupported_option"),
        (json!({"newFormat": "wav", "bitrate": 128_000}), "invalid_bitrate"),
    ] {
        problem(put().json(&body).send().await.unwrap(), 400, code).await;
    }
    let twice = put().header("content-type", "application/json");
    let twice = twice.body(r#"{"newFormat": "mp3", "newFormat": "ogg"}"#);
    problem(twice.send().await.unwrap(), 400, "duplicate_field").await;
}

#[tokio::test]
async fn converting_again_is_gone_once_the_upload_is() {
    let app = App::with(&["--retention", "0s"]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "song.flac", "mp3").await;
    app.convert(&task, b"result").await;
    assert_eq!(app.seams.db.expire_tasks(10).await.unwrap(), 1);
    let path = format!("/api/tasks/{}", task["id"]);
    let put =
        app.request(Method::PUT, &path).bearer_auth(&token).json(&json!({"newFormat": "ogg"}));
    problem(put.send().await.unwrap(), 410, "expired").await;
}

#[tokio::test]
async fn a_deleted_task_is_gone_with_both_its_files() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "song.flac", "mp3").await;
    app.convert(&task, b"result").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let delete = || app.request(Method::DELETE, &path).bearer_auth(&token).send();
    assert!(expect(delete().await.unwrap(), StatusCode::OK).await["message"].is_string());
    problem(delete().await.unwrap(), 404, "task_not_found").await;
    problem(app.get(&path).bearer_auth(&token).send().await.unwrap(), 404, "task_not_found").await;
    let file = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    problem(app.get(&file).bearer_auth(&token).send().await.unwrap(), 404, "file_not_found").await;
    assert_eq!(app.seams.db.deleting_objects(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn anothers_task_answers_exactly_as_one_that_does_not_exist() {
    let app = App::start().await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let task = app.upload(&ada, "song.flac", "mp3").await;
    app.convert(&task, b"result").await;
    let file = task["file_id"].as_str().unwrap();
    let nowhere = "00000000-0000-4000-8000-000000000000";
    for (method, others, nobodys) in [
        (Method::GET, format!("/api/tasks/{}", task["id"]), "/api/tasks/1".to_owned()),
        (Method::PUT, format!("/api/tasks/{}", task["id"]), "/api/tasks/1".to_owned()),
        (Method::DELETE, format!("/api/tasks/{}", task["id"]), "/api/tasks/1".to_owned()),
        (Method::GET, format!("/api/files/{file}"), format!("/api/files/{nowhere}")),
        (Method::GET, format!("/api/files/{file}?which=original"), format!("/api/files/{nowhere}")),
    ] {
        let ask = |path: &str| {
            let body = json!({"newFormat": "ogg"});
            app.request(method.clone(), path).bearer_auth(&eve).json(&body).send()
        };
        let (others, nobodys) = (ask(&others).await.unwrap(), ask(&nobodys).await.unwrap());
        assert_eq!(others.status(), StatusCode::NOT_FOUND);
        let without_id = |response: &reqwest::Response| {
            let mut headers = response.headers().clone();
            headers.remove("x-request-id");
            headers.remove("date");
            // Tells only how much of the request's body had come when the answer was ready.
            headers.remove("connection");
            headers
        };
        assert_eq!(without_id(&others), without_id(&nobodys));
        assert_eq!(others.text().await.unwrap(), nobodys.text().await.unwrap());
    }
    assert_eq!(app.row(&task).await.status, Status::Processed);
}

#[tokio::test]
async fn the_older_address_makes_and_lists_tasks_too() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let form = form("a.mp3", b"some audio", &[("newFormat", "acc")]);
    let response = app.post("/api/task").bearer_auth(&token).multipart(form).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let answer = expect(response, StatusCode::ACCEPTED).await;
    assert_eq!(location, format!("/api/tasks/{}", answer["task"]["id"]));
    assert_eq!(answer["task"]["new_format"], "aac");
    let list = app.get("/api/task").bearer_auth(&token).send().await.unwrap();
    assert_eq!(expect(list, StatusCode::OK).await.as_array().unwrap().len(), 1);
}
