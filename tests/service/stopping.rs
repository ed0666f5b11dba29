//! The process is asked to stop in the middle of its work.

use futures_util::StreamExt;
use reqwest::multipart::Part;
use reqwest::{Body, Method, StatusCode};
use rustix::process::Signal;

use crate::client::{Client, http};
use crate::program::{Home, eventually};
use crate::sound;

#[tokio::test]
async fn an_upload_that_is_under_way_is_finished_before_the_process_ends() {
    let home = Home::new();
    let mut program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let wav = sound::wav(&sound::signal(44_100));
    let (rest, first) = (wav[1000..].to_vec(), wav[..1000].to_vec());
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let blocks = futures_util::stream::once(async move { Ok::<_, std::io::Error>(first) }).chain(
        futures_util::stream::once(async move {
            // The test lets the rest go once the program is stopping.
            let _ = gone.await;
            Ok(rest)
        }),
    );
    let file = Part::stream(Body::wrap_stream(blocks)).file_name("a.wav");
    let upload = ann.upload_part(file, "mp3");
    let stopped = async {
        eventually_async("the upload has begun", || !home.files("bucket/src").is_empty()).await;
        program.signal(Signal::TERM);
        let ready = format!("{}/ready", program.url);
        // Readiness is off, or nobody new is listened to any more.
        loop {
            match http().get(&ready).send().await {
                Ok(answer) if answer.status() == StatusCode::OK => tokio::task::yield_now().await,
                _ => break,
            }
        }
        go.send(()).unwrap();
    };
    let (task, ()) = tokio::join!(upload, stopped);
    assert!(program.wait().success());

    let program = home.start();
    let ann = Client::log_in(&program, "ann").await;
    let task = ann.processed(&task["id"]).await;
    assert_eq!(sound::codec(&ann.download(&task).await), "mp3");
}

#[tokio::test]
async fn a_conversion_that_does_not_end_in_time_is_given_back_with_its_attempt() {
    let home = Home::new();
    let program = home.start_with(&[("SHUTDOWN_GRACE", "0s")]);
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 600)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    assert!(program.stop().success());
    assert!(home.files("bucket/out").is_empty(), "no half result");
    assert!(home.files("scratch").is_empty(), "no half result");

    let program = home.start();
    let ann = Client::log_in(&program, "ann").await;
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["attempts"], 1);
}

#[tokio::test]
async fn a_conversion_that_ends_within_the_grace_period_is_kept() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 60)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] != "uploaded").await;
    assert!(program.stop().success());
    assert_eq!(home.files("bucket/out").len(), 1, "it was finished before the end");
    let program = home.start();
    let ann = Client::log_in(&program, "ann").await;
    assert_eq!(ann.processed(&task["id"]).await["attempts"], 1);
}

#[tokio::test]
async fn an_upload_that_is_broken_off_leaves_nothing() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let endless = futures_util::stream::iter(0..).map(|_| Ok::<_, std::io::Error>(vec![0; 4096]));
    let file = Part::stream(Body::wrap_stream(endless)).file_name("a.wav");
    let form = reqwest::multipart::Form::new().part("fileName", file);
    let upload = ann.request(Method::POST, "/api/tasks").multipart(form).send();
    let begun = eventually_async("the upload has begun", || {
        home.files("bucket/src").iter().any(|path| sound::is_filled(path))
    });
    tokio::select! {
        answer = upload => panic!("the upload has no end, but was answered: {answer:?}"),
        () = begun => {}
    }
    eventually_async("nothing is left", || home.files("bucket").is_empty()).await;
    let tasks: serde_json::Value = ann.get("/api/tasks").await.json().await.unwrap();
    assert_eq!(tasks, serde_json::json!([]));
    assert!(program.stop().success());
}

async fn eventually_async(what: &'static str, holds: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < crate::program::PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let home = Home::new();
    let mut program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 600)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    program.signal(Signal::TERM);
    eventually("it stops", || program.log().contains("finishing what runs").then_some(()));
    program.signal(Signal::TERM);
    assert_eq!(program.wait().code(), Some(143));
}
