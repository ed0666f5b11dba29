//! Each role in a process of its own.

use reqwest::StatusCode;
use serde_json::Value;

use crate::client::Client;
use crate::fleet::Fleet;
use crate::program::{Program, eventually};
use crate::sound;

/// Long enough to be met in the middle, some seconds of work.
const LONG: usize = 44_100 * 600;

#[tokio::test]
async fn what_one_process_takes_another_converts() {
    let fleet = Fleet::new().await;
    let (api, one, other) = (fleet.api(), fleet.converter("one"), fleet.converter("other"));
    let ann = Client::sign_up(&api, "ann").await;
    let signals: Vec<_> = (1..=8).map(|n| sound::signal(n * 997)).collect();
    for signal in &signals {
        let task = ann.upload("a.wav", sound::wav(signal), "wav").await;
        let task = ann.processed(&task["id"]).await;
        assert_eq!(task["attempts"], 1);
        assert_eq!(&sound::decoded(&ann.download(&task).await), signal);
    }
    eventually("a mail for each", || (fleet.home.files("mail").len() == 8).then_some(()));
    let health: Value = ann.get("/api-health").await.json().await.unwrap();
    assert_eq!(
        (&health["status"], &health["checks"]["queue"]["state"]),
        (&"ready".into(), &"up".into())
    );
    let converters: Value = ann.get("/converter-health").await.json().await.unwrap();
    assert_eq!(converters.as_array().unwrap().len(), 2, "{converters}");
    assert_eq!(ann.get("/ping").await.status(), StatusCode::OK);
    for process in [one, other, api] {
        let log = process.log();
        assert!(process.stop().success());
        assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
    }
}

#[tokio::test]
async fn the_task_of_a_converter_that_was_killed_is_taken_over() {
    let fleet = Fleet::new().await;
    let api = fleet.api();
    let (holder, _other, ann, task) = midway(&fleet, &api).await;
    holder.kill();
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["attempts"], 2);
    assert_eq!(sound::decoded(&ann.download(&task).await).len(), LONG * 2);
    assert_eq!(fleet.home.files("bucket/out").len(), 1, "one result is kept");
}

#[tokio::test]
async fn the_task_of_a_converter_that_stops_is_handed_over_with_its_attempt() {
    let fleet = Fleet::new().await.with("SHUTDOWN_GRACE", "0s").with("LEASE", "1h");
    let api = fleet.api();
    let (holder, other, ann, task) = midway(&fleet, &api).await;
    assert!(holder.stop().success());
    eventually("the other has it", || fleet.is_converting(&other).then_some(()));
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["attempts"], 1);
    assert_eq!(sound::decoded(&ann.download(&task).await).len(), LONG * 2);
}

/// A task in the middle of its conversion: the converter that has it, and one that is idle.
async fn midway(fleet: &Fleet, api: &Program) -> (Program, Program, Client, Value) {
    let (one, other) = (fleet.converter("one"), fleet.converter("other"));
    let ann = Client::sign_up(api, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(LONG)), "mp3").await;
    let is_one = eventually("one of them has it", || {
        [(&one, true), (&other, false)]
            .into_iter()
            .find_map(|(converter, is_one)| fleet.is_converting(converter).then_some(is_one))
    });
    if is_one { (one, other, ann, task) } else { (other, one, ann, task) }
}
