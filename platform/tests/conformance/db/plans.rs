//! How `PostgreSQL` finds the rows of each statement when there are many: by an index, and without
//! reading many that it does not need.

use std::time::Duration;

use chrono::TimeDelta;
use platform::bucket::ObjectKey;
use platform::db::{Claim, Db, Lease, Mailing, Page, Result, RetryAt};
use platform::task::{ConversionOptions, Format, Status};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::engine::{SETTINGS, on_empty_postgres};
use super::given::{self, LEASE, RETENTION};
use super::observed::{Observed, explain_statements};

/// A hundred thousand tasks of a thousand users, half of which wait, and what belongs to them. The
/// thousand that wait longest wait for their time.
const MANY: &str = "
    insert into users (id, username, username_key, email, email_key, password_hash, created_at)
        select n, 'user' || n, 'user' || n, n || '@example.org', n || '@example.org', '', now()
        from generate_series(1, 1000) as n;
    insert into tasks (id, file_id, user_id, idempotency_key, uploaded_filename, new_format,
        options, source_key, source_size, source_digest, status, progress, generation, claim,
        attempt, crashes, not_before, uploaded_at, published_at, turn, delayed, lease_until,
        expires_at)
        select n, gen_random_uuid(), 1 + n % 1000, 'key' || n, 'a.mp3', 'ogg', '{}', 'src/' || n,
            1, '', case when n % 2 = 0 then 'uploaded' when n % 999 = 0 then 'processing'
            else 'processed' end, 0, 1, 0, 0, 0,
            now() + case when n <= 2000 then interval '1 hour' else interval '0' end,
            now(), case when n <= 2000 then null else now() end, n, n % 2 = 0 and n <= 2000,
            case when n % 999 = 0 then now() + interval '1 hour' end,
            case when n % 2 = 1 then now() + interval '1 day' end
        from generate_series(1, 100000) as n;
    insert into objects (key, state, changed_at)
        select 'src/' || n, case when n % 9 = 0 then 'gone' else 'live' end, now()
        from generate_series(1, 100000) as n;
    insert into outbox (id, task_id, generation, attempt, not_before, sent_at)
        select n, n, 1, 1, now(), now() from generate_series(1, 50000) as n;
    analyze;
";

/// More than any statement has to read here.
const ROWS: f64 = 1500.0;

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index_among_a_hundred_thousand_tasks() {
    on_empty_postgres(async |url| {
        Db::open(&url, SETTINGS).await.unwrap().close().await;
        let mut server = PgConnection::connect(&url).await.unwrap();
        server.execute(MANY).await.unwrap();
        server.close().await.unwrap();
        explain_statements(&url).await;
        let observed = Observed::start();
        let db = Db::open(&url, SETTINGS).await.unwrap();
        observed.plans();
        run_all(&db).await.unwrap();
        let plans = observed.plans();
        assert!(plans.len() > 50, "{} plans were seen", plans.len());
        for plan in plans {
            assert_is_cheap(&plan);
        }
        db.close().await;
    })
    .await;
}

fn assert_is_cheap(plan: &str) {
    for table in ["tasks", "objects", "outbox", "users"] {
        assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
    // Counting what waits reads all of it, once a second in the whole service.
    let counts = plan.contains("count(published_at)");
    for line in plan.lines() {
        let read = line.split("actual rows=").nth(1).and_then(|rest| rest.split(' ').next());
        let removed = line.split("Rows Removed by Filter: ").nth(1);
        for rows in [read, removed].into_iter().flatten() {
            assert!(counts || rows.trim().parse::<f64>().unwrap() <= ROWS, "{plan}");
        }
    }
}

async fn run_all(db: &Db) -> Result<()> {
    // More often than it takes until the server plans without a look at the parameters.
    for round in 0..7 {
        let user = given::user(db, &format!("ann-{round}")).await;
        owners(db, user.id).await?;
        workers(db).await?;
        sweepers(db).await?;
    }
    Ok(())
}

async fn owners(db: &Db, user: i64) -> Result<()> {
    let owner = db.user(user).await?.unwrap();
    let task = given::task_of(db, &owner).await;
    for user in [1, user] {
        db.count_unfinished_tasks(user).await?;
        for status in [None, Some(Status::Failed), Some(Status::Processed)] {
            db.list_tasks(user, Page { status, before: i64::MAX, limit: 20 }).await?;
        }
        db.task_by_idempotency_key(user, "key1").await?;
        db.is_session_valid(user, Uuid::new_v4()).await?;
    }
    db.find_user("user7").await?;
    db.task_of(user, task.id).await?;
    db.task_by_file(task.file_id).await?;
    let options = ConversionOptions::default();
    db.convert_task_again((user, task.id), Format::Wav, &options, None).await?;
    db.delete_task(user, task.id).await?;
    Ok(())
}

async fn workers(db: &Db) -> Result<()> {
    for end in 0..3 {
        let Some(claimed) = db.claim_next("worker-1", LEASE).await? else { continue };
        let claim = Claim::on(&claimed);
        db.renew_leases(&[Lease { claim, progress: 1 }], LEASE).await?;
        match end {
            0 => drop(given::finish(db, &claimed, RETENTION).await),
            1 => drop(db.fail_task(claim, ("code", "Words."), RETENTION).await?),
            _ => {
                let not_before = db.now() + given::FAR;
                let pause = RetryAt { not_before, give_attempt_back: false };
                db.return_task(claim, pause).await?;
            }
        }
    }
    Ok(())
}

async fn sweepers(db: &Db) -> Result<()> {
    let now = db.now();
    db.take_unpublished(100).await?;
    db.unpublish_taken(now).await?;
    db.unpublish(2, 1).await?;
    db.republish_lost(now - Duration::from_hours(1), 100).await?;
    db.lapse_leases(now, 3, RETENTION, 100).await?;
    db.expire_tasks(100).await?;
    db.recent_queue_depth(TimeDelta::zero()).await?;
    db.count_running().await?;
    db.abandon_objects(now - Duration::from_hours(1)).await?;
    db.deleting_objects(100).await?;
    db.gone_objects(now - Duration::from_hours(1), 100).await?;
    let key = ObjectKey::source();
    db.intend_object(&key).await?;
    db.discard_object(&key).await?;
    db.mark_object_gone(&key).await?;
    db.forget_object(&key).await?;
    for notice in db.take_notices(LEASE, 10).await? {
        db.settle_notice(notice.id, Mailing::Sent).await?;
    }
    db.forget_notices(now - Duration::from_hours(1)).await?;
    Ok(())
}
