//! How `PostgreSQL` finds what is observed among many rows: never by reading a whole table.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::db::{Db, PairCost, Result};
use sqlx::{Connection, Executor, PgConnection};

use super::engine::{SETTINGS, on_empty_postgres};

/// A hundred thousand tasks, one a second, an eighth of which wait and some of which run, and a mail
/// for each one that ended.
const MANY: &str = "
    insert into users (id, username, username_key, email, email_key, password_hash, created_at)
        values (1, 'ann', 'ann', 'a@example.org', 'a@example.org', '', now());
    insert into tasks (id, file_id, user_id, uploaded_filename, new_format, options, source_key,
        source_size, source_digest, status, progress, generation, claim, attempt, crashes,
        not_before, uploaded_at, asked_at, started_at, processed_at, published_at)
        select n, gen_random_uuid(), 1, 'a.mp3', 'ogg', '{}', 'src/' || n, 1000, '',
            case when n % 8 = 0 then 'uploaded' when n % 999 = 1 then 'processing'
                when n % 7 = 0 then 'failed' else 'processed' end,
            0, 1, 0, 0, 0, made, made, made,
            case when n % 8 = 0 then null else made + interval '1 second' end,
            case when n % 8 = 0 or n % 999 = 1 then null else made + interval '2 seconds' end,
            case when n % 400 = 0 then null else made end
        from (select n, now() - n * interval '1 second' as made
            from generate_series(1, 100000) as n) as numbers;
    insert into outbox (id, task_id, generation, attempt, not_before, sent_at)
        select n, n, 1, 1, now(), case when n % 1000 = 0 then null else now() end
        from generate_series(1, 60000) as n;
    analyze;
";

/// How often each table was read from its first row to its last.
const SCANS: &str = "select relname::text, seq_scan from pg_stat_user_tables \
    where relname in ('tasks', 'outbox')";

/// How often an index of it was used.
const LOOKUPS: &str = "select idx_scan from pg_stat_user_tables where relname = 'tasks'";

#[tokio::test]
async fn nothing_that_is_observed_reads_all_tasks_or_mails() {
    on_empty_postgres(async |url| {
        Db::open(&url, SETTINGS).await.unwrap().close().await;
        let mut server = PgConnection::connect(&url).await.unwrap();
        server.execute(MANY).await.unwrap();
        // The counts of a connection are certain to be told when it ends.
        server.close().await.unwrap();
        let (scans, lookups) = counted(&url).await;
        let db = Db::open(&url, SETTINGS).await.unwrap();
        // More often than it takes until the server plans without a look at the parameters.
        for round in 0..7 {
            observe(&db, round).await.unwrap();
        }
        db.close().await;
        let (mut after, mut looked_up) = counted(&url).await;
        while looked_up == lookups {
            (after, looked_up) = counted(&url).await;
        }
        assert_eq!(after, scans);
    })
    .await;
}

async fn observe(db: &Db, round: u32) -> Result<()> {
    let workload = db.workload().await?;
    assert_eq!((workload.waiting, workload.unpublished, workload.unsent), (12_500, 250, 60));
    let cost = PairCost {
        source: "mp3".into(),
        target: "ogg".into(),
        conversions: 1,
        cpu_seconds: 2.0,
        slot_seconds: 3.0,
        audio_seconds: 100.0,
        source_bytes: 1000.0,
    };
    db.add_costs(&[cost]).await?;
    let forecast = db.forecast(workload.waiting).await?;
    // Each of them has as many bytes as the one that was measured.
    assert!((forecast.cpu_seconds - 2.0 * 12_500.0).abs() < 1e-3, "{forecast:?}");
    assert!((forecast.slot_seconds - 3.0 * 12_500.0).abs() < 1e-3, "{forecast:?}");
    let minute = Duration::from_mins(1);
    let start = db.now() - minute * 60 * (round + 2);
    assert!(!db.is_observed(start).await?);
    assert!(db.observe(start, minute).await?);
    let latest = &db.latest_observations(10).await?;
    let row = latest.iter().find(|row| row.started_at == start).unwrap();
    assert!((59..=61).contains(&row.arrived), "{row:?}");
    assert!((51..=53).contains(&(row.finished + row.failed)), "{row:?}");
    db.forget_observations(start - minute).await
}

async fn counted(url: &str) -> (BTreeMap<String, i64>, i64) {
    let mut server = PgConnection::connect(url).await.unwrap();
    let scans: Vec<(String, i64)> = sqlx::query_as(SCANS).fetch_all(&mut server).await.unwrap();
    let lookups = sqlx::query_scalar(LOOKUPS).fetch_one(&mut server).await.unwrap();
    server.close().await.unwrap();
    (scans.into_iter().collect(), lookups)
}
