//! The process dies in the middle of its work.

use serde_json::json;

use crate::client::Client;
use crate::program::{Home, eventually};
use crate::sound;

/// Long enough to be met in the middle, some seconds of work.
const LONG: usize = 44_100 * 600;

#[tokio::test]
async fn a_conversion_that_the_process_died_in_completes_once_after_a_restart() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(LONG)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    eventually("the result is being written", || {
        home.files("scratch")
            .iter()
            .any(|path| sound::is_filled(path) && path.ends_with("result"))
            .then_some(())
    });
    program.kill();

    let program = home.start();
    let ann = Client::log_in(&program, "ann").await;
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["attempts"], 2);
    let heard = sound::decoded(&ann.download(&task).await);
    assert_eq!(heard.len(), LONG * 2);
    eventually("the mail is there", || (home.files("mail").len() == 1).then_some(()));
    eventually("one result is kept", || (home.files("bucket/out").len() == 1).then_some(()));
    assert_eq!(home.files("bucket/src").len(), 1);
    assert!(program.stop().success());
    assert_eq!(home.files("scratch"), Vec::<std::path::PathBuf>::new(), "nothing is left behind");
}

#[tokio::test]
async fn a_task_on_which_process_after_process_died_is_given_up() {
    let home = Home::new();
    let mut program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(LONG)), "mp3").await;
    let id = task["id"].clone();
    for _ in 0..3 {
        let ann = Client::log_in(&program, "ann").await;
        ann.task_when(&id, |task| task["status"] == "processing").await;
        program.kill();
        program = home.start();
    }
    let ann = Client::log_in(&program, "ann").await;
    let task = ann.ended(&id).await;
    assert_eq!(task["status"], "failed");
    assert_eq!(task["error"]["code"], "worker_crashed");
    // Asking again is a new start.
    let path = format!("/api/tasks/{id}");
    let put = ann.request(reqwest::Method::PUT, &path).json(&json!({ "newFormat": "wav" }));
    assert!(put.send().await.unwrap().status().is_success());
    ann.processed(&id).await;
}
