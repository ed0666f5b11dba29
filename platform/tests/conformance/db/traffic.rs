//! Everything at once.

use std::time::Duration;

use chrono::TimeDelta;
use platform::db::{Claim, Db, Lease, Page, Result, RetryAt, User};
use platform::task::{ConversionOptions, Format};
use tokio::task::JoinSet;

use super::engine::on_each_engine;
use super::given::{self, ALL, LEASE, RETENTION};

on_each_engine![
    thirty_two_writers_at_once_never_find_the_database_locked,
    sweepers_and_workers_at_once_never_lock_each_other_out,
];

async fn thirty_two_writers_at_once_never_find_the_database_locked(db: Db) {
    let mut writers = JoinSet::new();
    for number in 0..32 {
        let db = db.clone();
        writers.spawn(async move {
            let user = given::user(&db, &format!("user-{number}")).await;
            let mut results = 0;
            for _ in 0..4 {
                results += live(&db, &user).await.unwrap();
            }
            results
        });
    }
    let results: i64 = writers.join_all().await.iter().sum();
    assert!(results > 0);
    assert_eq!(db.count_objects().await.unwrap(), 128 + results);
    assert_eq!(given::deleting(&db).await.len(), usize::try_from(128 + results).unwrap());
}

/// A task's life from upload to deletion, and some conversions of whoever's turn it is; returns how
/// many results were stored.
async fn live(db: &Db, user: &User) -> Result<i64> {
    let task = given::task_of(db, user).await;
    let mut results = 0;
    for _ in 0..3 {
        if let Some(claimed) = db.claim_next("worker-1", LEASE).await? {
            let claim = Claim::on(&claimed);
            db.renew_leases(&[Lease { claim, progress: 50 }], LEASE).await?;
            let outcome = given::stored(db, claim).await;
            results += 1;
            if !db.finish_task(claim, &outcome, RETENTION).await? {
                db.discard_object(&outcome.result_key).await?;
            }
        }
        db.recent_queue_depth(TimeDelta::zero()).await?;
        let page = Page { status: None, before: i64::MAX, limit: 10 };
        assert_eq!(db.list_tasks(user.id, page).await?.len(), 1);
        let options = ConversionOptions::default();
        let owner = (user.id, task.id);
        assert!(db.convert_task_again(owner, Format::Wav, &options, None).await?.is_some());
    }
    assert!(db.delete_task(user.id, task.id).await?.is_some());
    Ok(results)
}

async fn sweepers_and_workers_at_once_never_lock_each_other_out(db: Db) {
    let user = given::user(&db, "ann").await;
    for _ in 0..24 {
        given::task_of(&db, &user).await;
    }
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let (worker, sweeper) = (db.clone(), db.clone());
        all.spawn(async move { work(&worker).await.unwrap() });
        all.spawn(async move { sweep(&sweeper).await.unwrap() });
    }
    all.join_all().await;
    let page = Page { status: None, before: i64::MAX, limit: ALL };
    assert_eq!(db.list_tasks(user.id, page).await.unwrap().len(), 24);
}

/// Claims whatever there is, renews it all, and gives half of it back, in another order than the
/// sweepers look at it.
async fn work(db: &Db) -> Result<()> {
    for _ in 0..15 {
        let mut leases = Vec::new();
        while let Some(claimed) = db.claim_next("worker-1", Duration::ZERO).await? {
            leases.insert(0, Lease { claim: Claim::on(&claimed), progress: 1 });
            if leases.len() == 24 {
                break;
            }
        }
        db.renew_leases(&leases, Duration::ZERO).await?;
        for lease in leases.iter().step_by(2) {
            let at_once = RetryAt { not_before: db.now(), give_attempt_back: true };
            db.return_task(lease.claim, at_once).await?;
        }
    }
    Ok(())
}

async fn sweep(db: &Db) -> Result<()> {
    for _ in 0..30 {
        let before = db.now() + Duration::from_secs(1);
        db.lapse_leases(before, i64::MAX, RETENTION, ALL).await?;
        db.republish_lost(before, ALL).await?;
        db.take_unpublished(ALL).await?;
        db.expire_tasks(ALL).await?;
        db.take_notices(Duration::ZERO, ALL).await?;
        db.abandon_objects(db.now() - LEASE).await?;
    }
    Ok(())
}
