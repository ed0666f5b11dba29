//! One user's many tasks and another user's one.

use crate::client::Client;
use crate::program::Home;
use crate::sound;

const MANY: usize = 40;

async fn waiting(client: &Client) -> usize {
    let answer = client.get("/api/tasks?status=uploaded&limit=100").await;
    let tasks: serde_json::Value = answer.json().await.unwrap();
    tasks.as_array().unwrap().len()
}

#[tokio::test]
async fn one_users_many_tasks_do_not_make_anothers_single_task_wait_for_all_of_them() {
    let home = Home::new();
    let program = home.start_with(&[("CONVERTER_SLOTS", "1")]);
    let (ann, bob) =
        (Client::sign_up(&program, "ann").await, Client::sign_up(&program, "bob").await);
    let wav = sound::wav(&sound::signal(44_100 * 20));
    for _ in 0..MANY {
        ann.upload("many.wav", wav.clone(), "mp3").await;
    }
    let before = waiting(&ann).await;
    let task = bob.upload("one.wav", sound::wav(&sound::signal(1000)), "mp3").await;
    bob.processed(&task["id"]).await;
    let after = waiting(&ann).await;
    // The one that ran, the one whose turn came first, and those that began since bob was done.
    assert!(before > 10, "ann's tasks were done too fast for a comparison: {before} waited");
    assert!(before - after <= 5, "{} of ann's tasks went before bob's", before - after);
    assert!(program.stop().success());
}
