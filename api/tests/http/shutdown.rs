use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use tokio::sync::oneshot;

use crate::app::{App, expect};

/// An upload that waits in the middle until it is released.
fn slow(
    app: &App,
    token: &str,
) -> (reqwest::RequestBuilder, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let (started, starts) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let blocks = futures_util::stream::once(async move {
        started.send(()).unwrap();
        released.await.unwrap();
        Ok::<_, std::io::Error>(b"some audio".to_vec())
    });
    let part = Part::stream(reqwest::Body::wrap_stream(blocks)).file_name("slow.wav");
    let form = Form::new().text("newFormat", "mp3").part("fileName", part);
    (app.post("/api/tasks").bearer_auth(token).multipart(form), starts, release)
}

#[tokio::test]
async fn a_running_upload_ends_well_and_no_other_begins() {
    let mut app = App::start().await;
    let token = app.sign_up("ada").await;
    let (request, starts, release) = slow(&app, &token);
    let upload = tokio::spawn(request.send());
    starts.await.unwrap();
    // The head has arrived once the server has taken the user's first slot.
    crate::app::eventually("the upload has begun", || async {
        let row = app.seams.db.count_objects().await.unwrap();
        row == 1
    })
    .await;
    app.stop.cancel();
    crate::app::eventually("no more connections are taken", || async {
        tokio::net::TcpStream::connect(app.address()).await.is_err()
    })
    .await;
    release.send(()).unwrap();
    let answer = upload.await.unwrap().unwrap();
    let task = expect(answer, StatusCode::ACCEPTED).await["task"].clone();
    assert!(app.row(&task).await.published_at.is_some());
    app.ended().await;
}

#[tokio::test]
async fn requests_are_still_taken_while_those_in_front_turn_away() {
    let mut app = App::with(&["--drain-delay", "5s"]).await;
    let token = app.sign_up("ada").await;
    app.stop.cancel();
    crate::app::eventually("it is not ready", || async {
        let answer = app.get("/ready").send().await.unwrap();
        answer.status() == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let answer = app.get("/api/tasks").bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["connection"], "close");
    app.ended().await;
}

#[tokio::test]
async fn an_idle_server_ends_at_once() {
    let mut app = App::start().await;
    // A connection that is kept open does not keep the server.
    app.get("/alive").send().await.unwrap();
    app.stop.cancel();
    app.ended().await;
}

#[tokio::test]
async fn an_upload_that_does_not_end_is_cut_off_after_the_grace() {
    let mut app = App::with(&["--shutdown-grace", "1s"]).await;
    let token = app.sign_up("ada").await;
    let (request, starts, _release) = slow(&app, &token);
    let upload = tokio::spawn(request.send());
    starts.await.unwrap();
    crate::app::eventually("the upload has begun", || async {
        app.seams.db.count_objects().await.unwrap() == 1
    })
    .await;
    app.stop.cancel();
    app.ended().await;
    assert!(upload.await.unwrap().is_err());
    assert_eq!(app.objects(), 0);
}

#[tokio::test]
async fn an_address_in_use_is_refused_by_the_variables_name() {
    let app = App::start().await;
    let mut config = app.config.clone();
    config.listen = app.address().parse().unwrap();
    let monitor = crate::app::monitor(&app.seams);
    let refused = api::Server::bind(&config, app.seams.clone(), monitor).unwrap_err();
    assert!(refused.to_string().starts_with("LISTEN: "), "{refused}");
}
