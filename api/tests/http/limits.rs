use reqwest::StatusCode;
use serde_json::json;

use crate::app::{App, eventually, expect, form, problem};

#[tokio::test]
async fn requests_are_counted_by_user_and_by_address() {
    let app = App::with(&["--requests-per-minute", "5"]).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let list = |token: &str| app.get("/api/tasks").bearer_auth(token).send();
    for _ in 0..5 {
        expect(list(&ada).await.unwrap(), StatusCode::OK).await;
    }
    problem(list(&ada).await.unwrap(), 429, "too_many_requests").await;
    expect(list(&eve).await.unwrap(), StatusCode::OK).await;
    // Two of the address's five went into signing up.
    for _ in 0..3 {
        problem(list("wrong").await.unwrap(), 401, "invalid_token").await;
    }
    problem(list("wrong").await.unwrap(), 429, "too_many_requests").await;
}

#[tokio::test]
async fn attempts_to_log_in_are_counted_by_address() {
    let app = App::with(&["--logins-per-minute", "3", "--proxy-hops", "1"]).await;
    let attempt = |address: &'static str| {
        let request = app.post("/api/auth/login").header("x-forwarded-for", address);
        request.json(&json!({"username": "ada", "password": "wrong horse"})).send()
    };
    for _ in 0..3 {
        problem(attempt("1.1.1.1").await.unwrap(), 401, "invalid_credentials").await;
    }
    problem(attempt("1.1.1.1").await.unwrap(), 429, "too_many_logins").await;
    // Whatever a client writes in front of what the proxy appended does not help.
    problem(attempt("7.7.7.7, 1.1.1.1").await.unwrap(), 429, "too_many_logins").await;
    problem(attempt("2.2.2.2").await.unwrap(), 401, "invalid_credentials").await;
}

#[tokio::test]
async fn without_proxies_a_forwarded_address_is_not_believed() {
    let app = App::with(&["--logins-per-minute", "1"]).await;
    let attempt = |address: &'static str| {
        let request = app.post("/api/auth/login").header("x-forwarded-for", address);
        request.json(&json!({"username": "ada", "password": "wrong horse"})).send()
    };
    problem(attempt("1.1.1.1").await.unwrap(), 401, "invalid_credentials").await;
    problem(attempt("2.2.2.2").await.unwrap(), 429, "too_many_logins").await;
}

#[tokio::test]
async fn more_logins_than_can_be_checked_are_put_off() {
    let app = App::with(&["--max-password-hashes", "1"]).await;
    let attempts = (0..12).map(|_| {
        let body = json!({"username": "ada", "password": "wrong horse"});
        app.post("/api/auth/login").json(&body).send()
    });
    let answers = futures_util::future::join_all(attempts).await;
    let (mut checked, mut put_off) = (0, 0);
    for answer in answers {
        let answer = answer.unwrap();
        if answer.status() == StatusCode::UNAUTHORIZED {
            checked += 1;
        } else {
            problem(answer, 429, "passwords_busy").await;
            put_off += 1;
        }
    }
    assert!(checked >= 5 && put_off >= 1, "{checked} checked, {put_off} put off");
}

#[tokio::test]
async fn unfinished_tasks_of_a_user_are_bounded() {
    let app = App::with(&["--max-waiting-tasks-per-user", "2"]).await;
    let token = app.sign_up("ada").await;
    let first = app.upload(&token, "a.mp3", "ogg").await;
    app.upload(&token, "b.mp3", "ogg").await;
    let again = || {
        let form = form("c.mp3", b"some audio", &[("newFormat", "ogg")]);
        app.post("/api/tasks").bearer_auth(&token).multipart(form).send()
    };
    problem(again().await.unwrap(), 429, "too_many_tasks").await;
    app.convert(&first, b"result").await;
    expect(again().await.unwrap(), StatusCode::ACCEPTED).await;
    let path = format!("/api/tasks/{}", first["id"]);
    let put = app.request(reqwest::Method::PUT, &path).bearer_auth(&token);
    let put = put.json(&json!({"newFormat": "wav"})).send().await.unwrap();
    problem(put, 429, "too_many_tasks").await;
}

#[tokio::test]
async fn a_waiting_task_can_be_changed_however_many_wait() {
    let app = App::with(&["--max-waiting-tasks-per-user", "1"]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.mp3", "ogg").await;
    let path = format!("/api/tasks/{}", task["id"]);
    let put = app.request(reqwest::Method::PUT, &path).bearer_auth(&token);
    let put = put.json(&json!({"newFormat": "wav"})).send().await.unwrap();
    expect(put, StatusCode::ACCEPTED).await;
}

#[tokio::test]
async fn uploads_of_a_user_at_a_time_are_bounded() {
    let app = App::with(&["--max-uploads-per-user", "1"]).await;
    let token = app.sign_up("ada").await;
    let (started, starts) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let slow = futures_util::stream::once(async move {
        started.send(()).unwrap();
        released.await.unwrap();
        Ok::<_, std::io::Error>(b"some audio".to_vec())
    });
    let part = reqwest::multipart::Part::stream(reqwest::Body::wrap_stream(slow));
    let form_slow = reqwest::multipart::Form::new().text("newFormat", "mp3");
    let form_slow = form_slow.part("fileName", part.file_name("slow.wav"));
    let first = app.post("/api/tasks").bearer_auth(&token).multipart(form_slow).send();
    let second = async {
        starts.await.unwrap();
        eventually("the first has begun", || async {
            app.seams.db.count_objects().await.unwrap() == 1
        })
        .await;
        let form = form("a.mp3", b"some audio", &[("newFormat", "ogg")]);
        let refused = app.post("/api/tasks").bearer_auth(&token).multipart(form).send();
        problem(refused.await.unwrap(), 429, "too_many_uploads").await;
        release.send(()).unwrap();
    };
    let (first, ()) = futures_util::future::join(first, second).await;
    expect(first.unwrap(), StatusCode::ACCEPTED).await;
    app.upload(&token, "after.mp3", "ogg").await;
}

#[tokio::test]
async fn when_too_much_waits_for_all_new_work_is_refused() {
    let app = App::with(&["--max-queue-depth", "0"]).await;
    let token = app.sign_up("ada").await;
    let form = form("a.mp3", b"some audio", &[("newFormat", "ogg")]);
    let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
    problem(request.send().await.unwrap(), 503, "queue_full").await;
}

#[tokio::test]
async fn a_queue_that_takes_no_message_does_not_fail_the_upload() {
    let app = App::with(&["--max-queue-depth", "1"]).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    // The depth is counted once a second, so that a second task slips in and finds no room.
    app.upload(&ada, "a.mp3", "ogg").await;
    let task = app.upload(&eve, "b.mp3", "ogg").await;
    assert!(app.row(&task).await.published_at.is_none());
    let (_, taken) = app.seams.db.take_unpublished(10).await.unwrap();
    assert_eq!(taken.len(), 1);
}
