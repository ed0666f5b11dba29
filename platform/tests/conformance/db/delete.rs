//! Deleting tasks.

use platform::db::{Claim, Db, Lease};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_deleted_task_is_gone_with_its_files_and_its_mail,
    a_task_is_deleted_once,
    a_conversion_whose_task_is_deleted_can_write_nothing,
    a_deletion_that_meets_an_end_leaves_nothing_live_behind,
];

async fn a_deleted_task_is_gone_with_its_files_and_its_mail(db: Db) {
    let (task, other) = (given::processed(&db).await, given::processed(&db).await);
    let deleted = db.delete_task(task.user_id, task.id).await.unwrap().unwrap();
    assert_eq!(deleted.file_id, task.file_id);
    assert!(db.task(task.id).await.unwrap().is_none());
    assert!(db.task_by_file(task.file_id).await.unwrap().is_none());
    let files = [task.source_key, task.result_key].into_iter().flatten().collect();
    assert_eq!(given::deleting(&db).await, given::sorted(files));
    assert_eq!(given::due_mails(&db).await, [(other.id, 1)]);
}

async fn a_task_is_deleted_once(db: Db) {
    for _ in 0..10 {
        let task = given::task(&db).await;
        let (one, other) = tokio::join!(
            db.delete_task(task.user_id, task.id),
            db.delete_task(task.user_id, task.id)
        );
        assert!(one.unwrap().is_some() != other.unwrap().is_some());
        assert!(db.delete_task(task.user_id, task.id).await.unwrap().is_none());
    }
}

async fn a_conversion_whose_task_is_deleted_can_write_nothing(db: Db) {
    let claimed = given::claimed(&db).await;
    let claim = Claim::on(&claimed);
    let outcome = given::stored(&db, claim).await;
    db.delete_task(claimed.user_id, claimed.id).await.unwrap().unwrap();
    let lease = Lease { claim, progress: 50 };
    assert!(db.renew_leases(&[lease], given::LEASE).await.unwrap().is_empty());
    assert!(!db.finish_task(claim, &outcome, given::RETENTION).await.unwrap());
    assert!(!db.fail_task(claim, ("code", "Words."), given::RETENTION).await.unwrap());
    assert_eq!(given::due_mails(&db).await, []);
    // Even when the worker died and can't give its object up, that one is collected.
    assert_eq!(db.abandon_objects(db.now() + given::FAR).await.unwrap(), 1);
    assert!(given::deleting(&db).await.contains(&outcome.result_key));
}

async fn a_deletion_that_meets_an_end_leaves_nothing_live_behind(db: Db) {
    for _ in 0..20 {
        let claimed = given::claimed(&db).await;
        let claim = Claim::on(&claimed);
        let outcome = given::stored(&db, claim).await;
        let (deleted, finished) = tokio::join!(
            db.delete_task(claimed.user_id, claimed.id),
            db.finish_task(claim, &outcome, given::RETENTION),
        );
        assert!(deleted.unwrap().is_some());
        if !finished.unwrap() {
            db.discard_object(&outcome.result_key).await.unwrap();
        }
        let deleting = given::deleting(&db).await;
        assert!(deleting.contains(&outcome.result_key));
        assert!(claimed.source_key.is_some_and(|key| deleting.contains(&key)));
        assert_eq!(given::due_mails(&db).await, []);
    }
}
