//! What the sweeper does to tasks.

use std::time::Duration;

use platform::db::{CRASHED, Claim, Db, Lapsed, RetryAt};
use platform::task::{ConversionOptions, Format, Status, Task};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_task_whose_worker_died_waits_again_and_fails_the_third_time,
    a_lease_that_holds_does_not_lapse,
    leases_lapse_in_portions_the_oldest_first,
    several_sweepers_take_each_task_once,
    tasks_without_a_message_are_taken_longest_waiting_first,
    a_task_that_was_to_wait_is_taken_and_claimed_when_its_time_has_come,
    several_sweepers_publish_each_task_once,
    a_message_that_was_not_taken_is_sent_again,
    a_message_that_was_lost_is_sent_again,
    files_are_given_up_when_their_retention_ends,
    files_are_given_up_in_portions,
    the_depth_counts_what_waits_since_it_was_last_asked_for,
];

/// Takes tasks from workers whose lease has ended a moment from now.
async fn lapse(db: &Db, limit: i64) -> Vec<Lapsed> {
    let before = db.now() + Duration::from_secs(1);
    db.lapse_leases(before, 3, given::RETENTION, limit).await.unwrap()
}

/// Tasks whose message is to be sent now, in the order of their numbers.
async fn taken(db: &Db, limit: i64) -> Vec<i64> {
    let (_, tasks) = db.take_unpublished(limit).await.unwrap();
    let mut ids: Vec<i64> = tasks.iter().map(|task| task.id).collect();
    ids.sort_unstable();
    ids
}

async fn give_back(db: &Db, claimed: &Task, pause: Duration) {
    let retry = RetryAt { not_before: db.now() + pause, give_attempt_back: false };
    assert!(db.return_task(Claim::on(claimed), retry).await.unwrap());
}

async fn a_task_whose_worker_died_waits_again_and_fails_the_third_time(db: Db) {
    let mut task = given::deserted(&db).await;
    for crashes in 1..=3 {
        let lapsed = lapse(&db, given::ALL).await;
        let told: Vec<_> = lapsed.iter().map(|row| (row.id, row.generation, row.crashes)).collect();
        assert_eq!(told, [(task.id, 1, crashes)]);
        task = given::read(&db, &task).await;
        assert_eq!((task.crashes, task.status), (crashes, lapsed[0].status));
        assert!(task.worker.is_none() && task.lease_until.is_none());
        if crashes < 3 {
            assert_eq!(task.status, Status::Uploaded);
            assert!(task.error_code.is_none() && task.started_at.is_none());
            assert!(task.published_at.is_some(), "the sweeper sends its message right after");
            given::claim_for(&db, &task, Duration::ZERO).await;
        }
    }
    assert_eq!(task.status, Status::Failed);
    assert_eq!(task.error_code.as_deref(), Some(CRASHED.0));
    assert_eq!(task.error_message.as_deref(), Some(CRASHED.1));
    assert_eq!(task.expires_at, task.processed_at.map(|ended| ended + given::RETENTION));
    assert!(lapse(&db, given::ALL).await.is_empty());
    assert_eq!(given::due_mails(&db).await, [(task.id, 1)]);
}

async fn a_lease_that_holds_does_not_lapse(db: Db) {
    let tasks = [given::claimed(&db).await, given::processed(&db).await, given::task(&db).await];
    assert!(lapse(&db, given::ALL).await.is_empty());
    for task in tasks {
        assert_eq!(format!("{task:?}"), format!("{:?}", given::read(&db, &task).await));
    }
}

async fn leases_lapse_in_portions_the_oldest_first(db: Db) {
    let (first, second, third) =
        (given::deserted(&db).await, given::deserted(&db).await, given::deserted(&db).await);
    let mut ids: Vec<i64> = lapse(&db, 2).await.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [first.id, second.id]);
    assert_eq!(lapse(&db, 2).await[0].id, third.id);
}

async fn several_sweepers_take_each_task_once(db: Db) {
    for _ in 0..5 {
        for _ in 0..8 {
            given::deserted(&db).await;
        }
        let sweeps = tokio::join!(lapse(&db, 4), lapse(&db, 4), lapse(&db, 4), lapse(&db, 4));
        let (one, two, three, four) = sweeps;
        let mut ids: Vec<i64> =
            [one, two, three, four].iter().flatten().map(|row| row.id).collect();
        ids.extend(lapse(&db, given::ALL).await.iter().map(|row| row.id));
        let taken = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((taken, ids.len()), (8, 8));
        for id in ids {
            assert_eq!(db.task(id).await.unwrap().unwrap().crashes, 1);
        }
    }
}

async fn tasks_without_a_message_are_taken_longest_waiting_first(db: Db) {
    let delayed = given::claimed(&db).await;
    give_back(&db, &delayed, given::FAR).await;
    given::processed(&db).await;
    let user = given::user(&db, "ann").await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(given::task_of(&db, &user).await.id);
    }
    given::task_of(&db, &user).await;
    for id in waiting.iter().rev() {
        db.unpublish(*id, 1).await.unwrap();
    }
    let (_, first) = db.take_unpublished(1).await.unwrap();
    assert_eq!((first[0].id, first[0].generation), (waiting[0], 1));
    assert_eq!(first[0].request_id.as_deref(), Some("request-1"));
    assert_eq!(taken(&db, given::ALL).await, waiting[1..]);
    assert!(taken(&db, given::ALL).await.is_empty());
}

async fn a_task_that_was_to_wait_is_taken_and_claimed_when_its_time_has_come(db: Db) {
    let claimed = given::claimed(&db).await;
    let moment = db.now() + Duration::from_millis(50);
    let retry = RetryAt { not_before: moment, give_attempt_back: false };
    assert!(db.return_task(Claim::on(&claimed), retry).await.unwrap());
    while db.now() < moment {
        assert!(given::is_idle(&db).await);
    }
    assert_eq!(taken(&db, given::ALL).await, [claimed.id]);
    let again = given::claim(&db, &claimed).await;
    assert_eq!((again.turn, again.attempt), (claimed.turn, 2));
}

async fn several_sweepers_publish_each_task_once(db: Db) {
    let user = given::user(&db, "ann").await;
    for _ in 0..8 {
        let task = given::task_of(&db, &user).await;
        db.unpublish(task.id, 1).await.unwrap();
    }
    let (one, two, three) = tokio::join!(taken(&db, 4), taken(&db, 4), taken(&db, 4));
    let mut ids = [one, two, three].concat();
    ids.extend(taken(&db, given::ALL).await);
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((count, ids.len()), (8, 8));
}

async fn a_message_that_was_not_taken_is_sent_again(db: Db) {
    let (task, other) = (given::task(&db).await, given::task(&db).await);
    assert!(taken(&db, given::ALL).await.is_empty(), "their maker sends their messages");
    for generation in [0, 2] {
        db.unpublish(task.id, generation).await.unwrap();
    }
    assert!(taken(&db, given::ALL).await.is_empty(), "that was about another generation");
    db.unpublish(task.id, 1).await.unwrap();
    db.unpublish(other.id, 1).await.unwrap();
    assert_eq!(db.queue_depth().await.unwrap().unpublished, 2);
    let (time, tasks) = db.take_unpublished(given::ALL).await.unwrap();
    assert_eq!((tasks.len(), db.queue_depth().await.unwrap().unpublished), (2, 0));
    db.unpublish_taken(time).await.unwrap();
    assert_eq!(taken(&db, given::ALL).await, [task.id, other.id]);
    let claimed = given::claim(&db, &task).await;
    db.unpublish(task.id, 1).await.unwrap();
    assert_eq!(given::read(&db, &task).await.published_at, claimed.published_at);
}

async fn a_message_that_was_lost_is_sent_again(db: Db) {
    let (running, task) = (given::task(&db).await, given::task(&db).await);
    given::claim(&db, &running).await;
    let published = given::read(&db, &task).await.published_at.unwrap();
    assert_eq!(db.republish_lost(published, given::ALL).await.unwrap(), 0);
    let after = published + Duration::from_micros(1);
    assert_eq!(db.republish_lost(after, given::ALL).await.unwrap(), 1);
    assert_eq!(taken(&db, given::ALL).await, [task.id]);
    given::task(&db).await;
    let ahead = db.now() + given::FAR;
    assert_eq!(db.republish_lost(ahead, 1).await.unwrap(), 1);
    assert_eq!(db.republish_lost(ahead, given::ALL).await.unwrap(), 1);
    assert_eq!(db.republish_lost(ahead, given::ALL).await.unwrap(), 0);
    assert_eq!(given::read(&db, &running).await.status, Status::Processing);
}

async fn files_are_given_up_when_their_retention_ends(db: Db) {
    let kept = given::processed(&db).await;
    let ended = given::finish(&db, &given::claimed(&db).await, Duration::ZERO).await;
    while db.expire_tasks(given::ALL).await.unwrap() == 0 {}
    let row = given::read(&db, &ended).await;
    assert_eq!(row.status, Status::Processed);
    assert!(row.source_key.is_none() && row.result_key.is_none());
    assert_eq!(row.result_size, ended.result_size);
    let files = [ended.source_key, ended.result_key].into_iter().flatten().collect();
    assert_eq!(given::deleting(&db).await, given::sorted(files));
    assert_eq!(db.expire_tasks(given::ALL).await.unwrap(), 0);
    assert!(given::read(&db, &kept).await.source_key.is_some());
    assert!(db.delete_task(ended.user_id, ended.id).await.unwrap().is_some());
}

async fn files_are_given_up_in_portions(db: Db) {
    for _ in 0..5 {
        let claimed = given::claimed(&db).await;
        db.fail_task(Claim::on(&claimed), ("code", "Words."), Duration::ZERO).await.unwrap();
    }
    let mut portions = Vec::new();
    while portions.iter().sum::<usize>() < 5 {
        portions.push(db.expire_tasks(2).await.unwrap());
    }
    assert!(portions.iter().all(|portion| *portion <= 2), "{portions:?}");
    assert_eq!(given::deleting(&db).await.len(), 5);
}

async fn the_depth_counts_what_waits_since_it_was_last_asked_for(db: Db) {
    let empty = db.queue_depth().await.unwrap();
    assert_eq!((empty.waiting, empty.oldest), (0, None));
    let old = given::processed(&db).await;
    given::claimed(&db).await;
    let waiting = given::task(&db).await;
    let depth = db.queue_depth().await.unwrap();
    assert_eq!((depth.waiting, depth.oldest), (1, Some(waiting.uploaded_at)));
    let owner = (old.user_id, old.id);
    let options = ConversionOptions::default();
    db.convert_task_again(owner, Format::Wav, &options, None).await.unwrap().unwrap();
    let depth = db.queue_depth().await.unwrap();
    assert_eq!((depth.waiting, depth.oldest), (2, Some(waiting.uploaded_at)));
    assert_eq!(db.count_running().await.unwrap(), 1);
}
