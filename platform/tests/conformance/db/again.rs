//! Asking for another conversion of the same upload.

use std::time::Duration;

use platform::db::{Claim, Db, Lease, RetryAt};
use platform::task::{ConversionOptions, Format, Status, Task};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_processed_task_starts_anew_without_its_result,
    a_failed_task_starts_anew_without_its_error,
    a_conversion_that_runs_meanwhile_can_write_nothing,
    a_claim_is_of_the_new_generation,
    the_fencing_token_is_never_used_again,
    each_generation_has_a_mail_of_its_own,
    an_upload_whose_retention_ended_is_not_converted_again,
    a_change_that_meets_an_end_leaves_no_live_result_behind,
];

async fn again(db: &Db, task: &Task) -> Option<Task> {
    let options = ConversionOptions { bitrate: Some(96_000), ..ConversionOptions::default() };
    let owner = (task.user_id, task.id);
    db.convert_task_again(owner, Format::Ogg, &options, Some("request-2")).await.unwrap()
}

async fn a_processed_task_starts_anew_without_its_result(db: Db) {
    let before = given::processed(&db).await;
    let asked = db.now();
    let task = again(&db, &before).await.unwrap();
    assert_eq!(format!("{task:?}"), format!("{:?}", given::read(&db, &task).await));
    assert_eq!((task.status, task.generation), (Status::Uploaded, 2));
    assert_eq!((task.new_format, task.options.bitrate), (Format::Ogg, Some(96_000)));
    assert_eq!(task.request_id.as_deref(), Some("request-2"));
    assert_eq!((task.attempt, task.crashes, task.progress), (0, 0, 0));
    assert!(task.result_key.is_none() && task.result_size.is_none());
    assert!(task.result_digest.is_none() && task.expires_at.is_none());
    assert!(task.processed_at.is_none() && !task.delayed);
    assert_eq!(task.published_at, Some(task.not_before));
    assert!(task.not_before >= asked);
    assert_eq!(task.uploaded_at, before.uploaded_at);
    assert_eq!(task.source_key, before.source_key);
    assert_eq!(given::deleting(&db).await, Vec::from_iter(before.result_key));
}

async fn a_failed_task_starts_anew_without_its_error(db: Db) {
    let claimed = given::claimed(&db).await;
    db.fail_task(Claim::on(&claimed), ("code", "Words."), given::RETENTION).await.unwrap();
    let task = again(&db, &claimed).await.unwrap();
    assert_eq!(task.status, Status::Uploaded);
    assert!(task.error_code.is_none() && task.error_message.is_none());
    assert_eq!(given::deleting(&db).await, []);
}

async fn a_conversion_that_runs_meanwhile_can_write_nothing(db: Db) {
    let running = given::claimed(&db).await;
    let claim = Claim::on(&running);
    let outcome = given::stored(&db, claim).await;
    let task = again(&db, &running).await.unwrap();
    let lease = Lease { claim, progress: 90 };
    assert!(db.renew_leases(&[lease], given::LEASE).await.unwrap().is_empty());
    assert!(!db.finish_task(claim, &outcome, given::RETENTION).await.unwrap());
    assert!(!db.fail_task(claim, ("code", "Words."), given::RETENTION).await.unwrap());
    let at_once = RetryAt { not_before: db.now(), give_attempt_back: true };
    assert!(!db.return_task(claim, at_once).await.unwrap());
    assert_eq!(format!("{task:?}"), format!("{:?}", given::read(&db, &task).await));
    db.discard_object(&outcome.result_key).await.unwrap();
    assert_eq!(given::deleting(&db).await, [outcome.result_key]);
    assert_eq!(given::due_mails(&db).await, []);
}

async fn a_claim_is_of_the_new_generation(db: Db) {
    let old = given::task(&db).await;
    let new = again(&db, &old).await.unwrap();
    assert_eq!(given::claim(&db, &old).await.generation, new.generation);
    assert!(given::is_idle(&db).await, "the message of the old generation wakes for nothing");
}

async fn the_fencing_token_is_never_used_again(db: Db) {
    let mut task = given::task(&db).await;
    for token in 1..=4 {
        let claimed = given::claim(&db, &task).await;
        assert_eq!((claimed.claim, claimed.generation, claimed.attempt), (token, token, 1));
        task = again(&db, &claimed).await.unwrap();
    }
}

async fn each_generation_has_a_mail_of_its_own(db: Db) {
    let first = given::processed(&db).await;
    let second = again(&db, &first).await.unwrap();
    given::finish(&db, &given::claim(&db, &second).await, given::RETENTION).await;
    let mut mails = given::due_mails(&db).await;
    mails.sort_unstable();
    assert_eq!(mails, [(first.id, 1), (first.id, 2)]);
}

async fn an_upload_whose_retention_ended_is_not_converted_again(db: Db) {
    let task = given::finish(&db, &given::claimed(&db).await, Duration::ZERO).await;
    while db.expire_tasks(given::ALL).await.unwrap() == 0 {}
    assert!(again(&db, &task).await.is_none());
    assert_eq!(given::read(&db, &task).await.generation, 1);
}

async fn a_change_that_meets_an_end_leaves_no_live_result_behind(db: Db) {
    for _ in 0..20 {
        let claimed = given::claimed(&db).await;
        let claim = Claim::on(&claimed);
        let outcome = given::stored(&db, claim).await;
        let (changed, finished) =
            tokio::join!(again(&db, &claimed), db.finish_task(claim, &outcome, given::RETENTION));
        let task = changed.unwrap();
        assert_eq!((task.status, task.generation), (Status::Uploaded, 2));
        assert!(given::read(&db, &task).await.result_key.is_none());
        if !finished.unwrap() {
            db.discard_object(&outcome.result_key).await.unwrap();
        }
        assert!(given::deleting(&db).await.contains(&outcome.result_key));
    }
}
