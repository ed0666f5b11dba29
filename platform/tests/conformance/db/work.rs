//! Claiming tasks and holding them.

use std::time::Duration;

use platform::db::{Claim, Db, Lease, RetryAt};
use platform::task::{Status, Task};
use tokio::task::JoinSet;

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    of_sixteen_claimants_one_gets_the_task,
    a_claim_records_who_holds_the_task_and_until_when,
    a_task_that_is_to_wait_is_not_claimed_before_its_time,
    a_task_given_back_without_a_pause_can_be_claimed_at_once,
    an_ended_or_deleted_task_is_not_claimed,
    renewing_returns_the_claims_that_hold_and_only_those,
    renewing_prolongs_the_lease_and_progress_never_falls,
    hundreds_of_leases_are_renewed_at_once,
    a_task_given_back_can_be_claimed_again_under_a_higher_token,
    a_worker_whose_claim_was_taken_over_can_write_nothing,
];

fn lease(claimed: &Task, progress: i64) -> Lease {
    Lease { claim: Claim::on(claimed), progress }
}

async fn of_sixteen_claimants_one_gets_the_task(db: Db) {
    for _ in 0..10 {
        let task = given::task(&db).await;
        let mut claimants = JoinSet::new();
        for number in 0..16 {
            let db = db.clone();
            claimants.spawn(async move {
                let worker = format!("worker-{number}");
                db.claim_next(&worker, given::LEASE).await.unwrap()
            });
        }
        let claims: Vec<Task> = claimants.join_all().await.into_iter().flatten().collect();
        assert_eq!(claims.len(), 1);
        assert_eq!(given::read(&db, &task).await.worker, claims[0].worker);
        assert_eq!((claims[0].claim, claims[0].attempt), (1, 1));
    }
}

async fn a_claim_records_who_holds_the_task_and_until_when(db: Db) {
    let task = given::task(&db).await;
    let before = db.now();
    let claimed = given::claim(&db, &task).await;
    assert_eq!(claimed.status, Status::Processing);
    assert_eq!(claimed.worker.as_deref(), Some("worker-1"));
    assert_eq!((claimed.claim, claimed.attempt, claimed.progress), (1, 1, 0));
    let started = claimed.started_at.unwrap();
    assert!((before..=db.now()).contains(&started));
    assert_eq!(claimed.lease_until, Some(started + given::LEASE));
    assert_eq!(db.count_running().await.unwrap(), 1);
}

async fn a_task_that_is_to_wait_is_not_claimed_before_its_time(db: Db) {
    let claimed = given::claimed(&db).await;
    let later = RetryAt { not_before: db.now() + given::FAR, give_attempt_back: false };
    assert!(db.return_task(Claim::on(&claimed), later).await.unwrap());
    assert!(given::is_idle(&db).await);
    let task = given::read(&db, &claimed).await;
    assert_eq!((task.not_before, task.delayed), (later.not_before, true));
    assert!(task.published_at.is_none());
}

async fn a_task_given_back_without_a_pause_can_be_claimed_at_once(db: Db) {
    let claimed = given::claimed(&db).await;
    let at_once = RetryAt { not_before: db.now(), give_attempt_back: true };
    assert!(db.return_task(Claim::on(&claimed), at_once).await.unwrap());
    let task = given::read(&db, &claimed).await;
    assert!(task.published_at.is_some() && !task.delayed, "whoever gives it back publishes it");
    assert_eq!(task.turn, claimed.turn);
    given::claim(&db, &claimed).await;
}

async fn an_ended_or_deleted_task_is_not_claimed(db: Db) {
    let (processed, failed) = (given::processed(&db).await, given::claimed(&db).await);
    let deleted = given::task(&db).await;
    assert!(db.fail_task(Claim::on(&failed), ("code", "Words."), given::RETENTION).await.unwrap());
    db.delete_task(deleted.user_id, deleted.id).await.unwrap().unwrap();
    assert!(given::is_idle(&db).await);
    assert_eq!(given::read(&db, &processed).await.status, Status::Processed);
}

async fn renewing_returns_the_claims_that_hold_and_only_those(db: Db) {
    let (held, lost, ended) =
        (given::claimed(&db).await, given::deserted(&db).await, given::processed(&db).await);
    let deleted = given::claimed(&db).await;
    db.lapse_leases(db.now() + Duration::from_secs(1), 3, given::RETENTION, given::ALL)
        .await
        .unwrap();
    db.delete_task(deleted.user_id, deleted.id).await.unwrap().unwrap();
    let mut forged = lease(&held, 50);
    forged.claim.token += 1;
    let mut stale = lease(&held, 50);
    stale.claim.generation += 1;
    let all =
        [lease(&held, 1), lease(&lost, 1), lease(&ended, 1), lease(&deleted, 1), forged, stale];
    assert_eq!(db.renew_leases(&all, given::LEASE).await.unwrap(), [held.id]);
    assert_eq!(given::read(&db, &held).await.progress, 1);
    assert_eq!(given::read(&db, &ended).await.progress, 100);
    assert!(db.renew_leases(&[], given::LEASE).await.unwrap().is_empty());
}

async fn renewing_prolongs_the_lease_and_progress_never_falls(db: Db) {
    let claimed = given::claimed(&db).await;
    let mut until = claimed.lease_until.unwrap();
    for (told, kept) in [(10, 10), (70, 70), (30, 70), (100, 100)] {
        let renewed = db.renew_leases(&[lease(&claimed, told)], given::LEASE).await.unwrap();
        assert_eq!(renewed, [claimed.id]);
        let task = given::read(&db, &claimed).await;
        assert_eq!(task.progress, kept);
        assert!(task.lease_until.unwrap() > until);
        until = task.lease_until.unwrap();
    }
}

async fn hundreds_of_leases_are_renewed_at_once(db: Db) {
    let user = given::user(&db, "ann").await;
    let mut leases = Vec::new();
    for progress in 0..300 {
        let claimed = given::claim(&db, &given::task_of(&db, &user).await).await;
        leases.push(lease(&claimed, progress % 100));
    }
    let mut renewed = db.renew_leases(&leases, given::LEASE).await.unwrap();
    renewed.sort_unstable();
    let expected: Vec<i64> = leases.iter().map(|lease| lease.claim.task).collect();
    assert_eq!(renewed, expected);
    for lease in &leases {
        assert_eq!(db.task(lease.claim.task).await.unwrap().unwrap().progress, lease.progress);
    }
}

async fn a_task_given_back_can_be_claimed_again_under_a_higher_token(db: Db) {
    let mut claimed = given::claimed(&db).await;
    for (give_attempt_back, attempt) in [(false, 1), (true, 1), (false, 2), (true, 2)] {
        let now = RetryAt { not_before: db.now(), give_attempt_back };
        assert!(db.return_task(Claim::on(&claimed), now).await.unwrap());
        let returned = given::read(&db, &claimed).await;
        assert_eq!((returned.status, returned.attempt), (Status::Uploaded, attempt));
        assert!(returned.worker.is_none() && returned.lease_until.is_none());
        assert!(returned.published_at.is_some() && returned.started_at.is_none());
        let again = given::claim(&db, &claimed).await;
        assert_eq!(again.claim, claimed.claim + 1);
        claimed = again;
    }
    assert_eq!(claimed.crashes, 0);
}

async fn a_worker_whose_claim_was_taken_over_can_write_nothing(db: Db) {
    let frozen = given::deserted(&db).await;
    let result = given::stored(&db, Claim::on(&frozen)).await;
    db.lapse_leases(db.now() + Duration::from_secs(1), 3, given::RETENTION, given::ALL)
        .await
        .unwrap();
    let holder = given::claim(&db, &frozen).await;
    let claim = Claim::on(&frozen);
    let at_once = RetryAt { not_before: db.now(), give_attempt_back: true };
    assert!(db.renew_leases(&[lease(&frozen, 99)], given::LEASE).await.unwrap().is_empty());
    assert!(!db.finish_task(claim, &result, given::RETENTION).await.unwrap());
    assert!(!db.fail_task(claim, ("code", "Words."), given::RETENTION).await.unwrap());
    assert!(!db.return_task(claim, at_once).await.unwrap());
    assert_eq!(format!("{holder:?}"), format!("{:?}", given::read(&db, &holder).await));
    assert_eq!(given::due_mails(&db).await, []);
}
