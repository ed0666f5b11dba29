//! How tasks end.

use platform::db::{Claim, Db, Error};
use platform::task::Status;

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_finished_task_names_its_result_and_how_long_it_is_kept,
    a_result_is_not_collected_and_its_mail_is_due_once,
    saying_a_second_time_that_a_task_is_finished_does_no_harm,
    a_result_that_was_collected_ends_no_task,
    a_failed_task_says_why_and_its_mail_is_due_once,
    of_an_end_and_its_opposite_at_once_one_holds,
];

async fn a_finished_task_names_its_result_and_how_long_it_is_kept(db: Db) {
    let claimed = given::claimed(&db).await;
    let claim = Claim::on(&claimed);
    let outcome = given::stored(&db, claim).await;
    assert!(db.finish_task(claim, &outcome, given::RETENTION).await.unwrap());
    let task = given::read(&db, &claimed).await;
    assert_eq!((task.status, task.progress), (Status::Processed, 100));
    assert_eq!(task.result_key, Some(outcome.result_key));
    assert_eq!(task.result_size, Some(outcome.result_size));
    assert_eq!(task.result_digest, Some(outcome.result_digest));
    assert_eq!(task.source_format, Some(outcome.source_format));
    assert_eq!(task.duration_seconds, Some(outcome.duration_seconds));
    assert_eq!(task.expires_at, task.processed_at.map(|ended| ended + given::RETENTION));
    assert!(task.processed_at >= task.started_at);
    assert!(task.worker.is_none() && task.lease_until.is_none());
    assert_eq!(task.claim, claimed.claim);
}

async fn a_result_is_not_collected_and_its_mail_is_due_once(db: Db) {
    let task = given::processed(&db).await;
    assert_eq!(db.abandon_objects(db.now() + given::FAR).await.unwrap(), 0);
    assert_eq!(given::deleting(&db).await, []);
    assert_eq!(given::due_mails(&db).await, [(task.id, 1)]);
}

/// A worker that did not hear the database's answer says it again, is told that its claim no
/// longer holds, and gives its object up; by then the object is the task's.
async fn saying_a_second_time_that_a_task_is_finished_does_no_harm(db: Db) {
    let task = given::processed(&db).await;
    let claim = Claim::on(&task);
    let outcome = given::outcome(claim);
    assert!(!db.finish_task(claim, &outcome, given::RETENTION).await.unwrap());
    assert!(!db.fail_task(claim, ("code", "Words."), given::RETENTION).await.unwrap());
    db.discard_object(&outcome.result_key).await.unwrap();
    assert_eq!(given::deleting(&db).await, []);
    assert_eq!(format!("{task:?}"), format!("{:?}", given::read(&db, &task).await));
    assert_eq!(given::due_mails(&db).await, [(task.id, 1)]);
}

async fn a_result_that_was_collected_ends_no_task(db: Db) {
    let claimed = given::claimed(&db).await;
    let claim = Claim::on(&claimed);
    let outcome = given::stored(&db, claim).await;
    db.abandon_objects(db.now() + given::FAR).await.unwrap();
    let refused = db.finish_task(claim, &outcome, given::RETENTION).await;
    assert!(matches!(refused, Err(Error::ObjectCollected(_))), "{refused:?}");
    assert_eq!(given::read(&db, &claimed).await.status, Status::Processing);
    assert_eq!(given::due_mails(&db).await, []);
}

async fn a_failed_task_says_why_and_its_mail_is_due_once(db: Db) {
    let claimed = given::claimed(&db).await;
    let claim = Claim::on(&claimed);
    assert!(
        db.fail_task(claim, ("not_audio", "It is a picture."), given::RETENTION).await.unwrap()
    );
    let task = given::read(&db, &claimed).await;
    assert_eq!(task.status, Status::Failed);
    assert_eq!(task.error_code.as_deref(), Some("not_audio"));
    assert_eq!(task.error_message.as_deref(), Some("It is a picture."));
    assert_eq!(task.expires_at, task.processed_at.map(|ended| ended + given::RETENTION));
    assert!(task.worker.is_none() && task.lease_until.is_none());
    assert!(!db.fail_task(claim, ("other", "Other."), given::RETENTION).await.unwrap());
    assert_eq!(given::due_mails(&db).await, [(task.id, 1)]);
}

async fn of_an_end_and_its_opposite_at_once_one_holds(db: Db) {
    for _ in 0..20 {
        let claimed = given::claimed(&db).await;
        let claim = Claim::on(&claimed);
        let outcome = given::stored(&db, claim).await;
        let (finished, failed) = tokio::join!(
            db.finish_task(claim, &outcome, given::RETENTION),
            db.fail_task(claim, ("code", "Words."), given::RETENTION),
        );
        let (finished, failed) = (finished.unwrap(), failed.unwrap());
        assert!(finished != failed);
        let task = given::read(&db, &claimed).await;
        assert_eq!(task.status == Status::Processed, finished);
        assert_eq!(task.error_code.is_some(), failed);
        assert_eq!(task.result_key.is_some(), finished);
    }
}
