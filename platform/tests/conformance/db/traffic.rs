//! Everything at once.

use std::time::Duration;

use platform::db::{Claim, Db, Lease, Page, Result, RetryAt, User};
use platform::task::{ConversionOptions, Format, Status};
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
            for _ in 0..4 {
                live(&db, &user).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    // A source for each of 128 tasks, and three results for each.
    assert_eq!(db.count_objects().await.unwrap(), 128 * 4);
    assert_eq!(given::deleting(&db).await.len(), 128 * 4);
}

/// A task's life from upload to deletion.
async fn live(db: &Db, user: &User) -> Result<()> {
    let task = given::task_of(db, user).await;
    db.mark_published(task.id, 1).await?;
    for generation in 1..=3 {
        let claimed = db.claim_task((task.id, generation), "worker-1", LEASE).await?.unwrap();
        let claim = Claim::on(&claimed);
        let renewed = db.renew_leases(&[Lease { claim, progress: 50 }], LEASE).await?;
        assert_eq!(renewed, [task.id]);
        let outcome = given::stored(db, claim).await;
        assert!(db.finish_task(claim, &outcome, RETENTION).await?);
        db.queue_depth().await?;
        let page = Page { status: Some(Status::Processed), before: i64::MAX, limit: 10 };
        assert_eq!(db.list_tasks(user.id, page).await?.len(), 1);
        let options = ConversionOptions::default();
        let owner = (user.id, task.id);
        assert!(db.convert_task_again(owner, Format::Wav, &options, None).await?.is_some());
    }
    assert!(db.delete_task(user.id, task.id).await?.is_some());
    Ok(())
}

async fn sweepers_and_workers_at_once_never_lock_each_other_out(db: Db) {
    let user = given::user(&db, "ann").await;
    let mut tasks = Vec::new();
    for _ in 0..24 {
        tasks.push(given::task_of(&db, &user).await.id);
    }
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let (worker, sweeper, tasks) = (db.clone(), db.clone(), tasks.clone());
        all.spawn(async move { work(&worker, &tasks).await.unwrap() });
        all.spawn(async move { sweep(&sweeper).await.unwrap() });
    }
    all.join_all().await;
    let page = Page { status: None, before: i64::MAX, limit: ALL };
    assert_eq!(db.list_tasks(user.id, page).await.unwrap().len(), 24);
}

/// Claims whatever there is, renews it all, and gives half of it back, in another order than the
/// sweepers look at it.
async fn work(db: &Db, tasks: &[i64]) -> Result<()> {
    for _ in 0..15 {
        let mut leases = Vec::new();
        for task in tasks.iter().rev() {
            if let Some(claimed) = db.claim_task((*task, 1), "worker-1", Duration::ZERO).await? {
                leases.push(Lease { claim: Claim::on(&claimed), progress: 1 });
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
        db.republish_lost(before).await?;
        db.expire_tasks(ALL).await?;
        db.take_notices(Duration::ZERO, ALL).await?;
        db.abandon_objects(db.now() - LEASE).await?;
    }
    Ok(())
}
