//! Whose turn it is.

use std::time::Duration;

use platform::db::{Claim, Db, RetryAt, User};
use platform::task::{ConversionOptions, Format, Task};
use tokio::task::JoinSet;

use super::engine::{SETTINGS, on_each_engine};
use super::given::{self, LEASE};

on_each_engine![
    one_users_many_tasks_go_one_by_one_with_anothers,
    a_newcomer_has_one_task_of_each_other_user_before_them,
    a_users_tasks_keep_their_order_a_conversion_apart,
    a_user_without_waiting_tasks_starts_at_the_present,
    a_task_that_is_asked_for_again_goes_behind_its_users_others,
    a_message_takes_whoever_comes_first_and_each_takes_one,
    a_task_that_waits_for_its_time_keeps_its_turn_and_stands_in_nobodys_way,
];

const MANY: usize = 50;

/// The users whose tasks are claimed, in that order, until none waits.
async fn claimed_users(db: &Db) -> Vec<i64> {
    let mut users = Vec::new();
    while let Some(task) = db.claim_next("worker-1", LEASE).await.unwrap() {
        users.push(task.user_id);
    }
    users
}

async fn tasks_of(db: &Db, user: &User, count: usize) -> Vec<Task> {
    let mut tasks = Vec::new();
    for _ in 0..count {
        tasks.push(given::task_of(db, user).await);
    }
    tasks
}

async fn one_users_many_tasks_go_one_by_one_with_anothers(db: Db) {
    let (ann, bob) = (given::user(&db, "ann").await, given::user(&db, "bob").await);
    tasks_of(&db, &ann, MANY).await;
    tasks_of(&db, &bob, 5).await;
    let users = claimed_users(&db).await;
    let (mixed, rest) = users.split_at(10);
    assert_eq!(mixed, [ann.id, bob.id].repeat(5));
    assert_eq!(rest, vec![ann.id; MANY - 5]);
}

async fn a_newcomer_has_one_task_of_each_other_user_before_them(db: Db) {
    let mut busy = Vec::new();
    for name in ["ann", "bob", "carl"] {
        let user = given::user(&db, name).await;
        tasks_of(&db, &user, MANY).await;
        busy.push(user.id);
    }
    let eve = given::user(&db, "eve").await;
    given::task_of(&db, &eve).await;
    let users = claimed_users(&db).await;
    let place = users.iter().position(|user| *user == eve.id).unwrap();
    assert!(place <= busy.len(), "{place} were claimed before");
}

async fn a_users_tasks_keep_their_order_a_conversion_apart(db: Db) {
    let user = given::user(&db, "ann").await;
    let tasks = tasks_of(&db, &user, 10).await;
    let spacing = i64::try_from(SETTINGS.turn_spacing.as_micros()).unwrap();
    for pair in tasks.windows(2) {
        assert_eq!(pair[1].turn - pair[0].turn, spacing);
    }
    for task in &tasks {
        given::claim_first(&db, task).await;
    }
}

async fn a_user_without_waiting_tasks_starts_at_the_present(db: Db) {
    let user = given::user(&db, "ann").await;
    for task in tasks_of(&db, &user, 3).await {
        given::claim_first(&db, &task).await;
    }
    let before = db.now().timestamp_micros();
    let next = given::task_of(&db, &user).await;
    assert!((before..=db.now().timestamp_micros()).contains(&next.turn));
}

async fn a_task_that_is_asked_for_again_goes_behind_its_users_others(db: Db) {
    let user = given::user(&db, "ann").await;
    let tasks = tasks_of(&db, &user, 3).await;
    let options = ConversionOptions::default();
    let name = (user.id, tasks[0].id);
    let again = db.convert_task_again(name, Format::Wav, &options, None).await.unwrap().unwrap();
    assert!(again.turn > tasks[2].turn);
    for task in [&tasks[1], &tasks[2], &again] {
        given::claim_first(&db, task).await;
    }
}

async fn a_message_takes_whoever_comes_first_and_each_takes_one(db: Db) {
    for name in ["ann", "bob"] {
        let user = given::user(&db, name).await;
        tasks_of(&db, &user, 12).await;
    }
    let mut workers = JoinSet::new();
    // A message for each task, and some that are doubled or stale.
    for _ in 0..32 {
        let db = db.clone();
        workers.spawn(async move { db.claim_next("worker-1", LEASE).await.unwrap() });
    }
    let mut ids: Vec<i64> =
        workers.join_all().await.into_iter().flatten().map(|task| task.id).collect();
    while let Some(task) = db.claim_next("worker-1", LEASE).await.unwrap() {
        ids.push(task.id);
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((count, ids.len()), (24, 24));
}

async fn a_task_that_waits_for_its_time_keeps_its_turn_and_stands_in_nobodys_way(db: Db) {
    let user = given::user(&db, "ann").await;
    let tasks = tasks_of(&db, &user, 3).await;
    let first = given::claim(&db, &tasks[0]).await;
    let pause = RetryAt { not_before: db.now() + given::FAR, give_attempt_back: false };
    assert!(db.return_task(Claim::on(&first), pause).await.unwrap());
    given::claim_first(&db, &tasks[1]).await;
    let running = given::read(&db, &tasks[0]).await;
    assert_eq!((running.turn, running.delayed), (tasks[0].turn, true));
    // It is in line as far as its user is concerned.
    let spacing = Duration::from_micros((tasks[1].turn - tasks[0].turn).unsigned_abs());
    assert_eq!(spacing, SETTINGS.turn_spacing);
}
