//! Times, which the engines keep and compare in different ways.

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::db::{Claim, Db, RetryAt};
use platform::task::Task;
use sqlx::{Connection, Executor, PgConnection};

use super::engine::{SETTINGS, on_each_engine, on_empty_postgres};
use super::given;

on_each_engine![
    times_are_kept_to_the_microsecond,
    times_are_ordered_whatever_their_number_of_decimals,
    a_lease_ends_at_its_microsecond,
    time_never_stands_still,
];

/// Moments in order, that have from none to six decimals when written down.
const MOMENTS: [&str; 8] = [
    "1969-12-31T23:59:59.999999Z",
    "2025-03-30T01:59:59.999999Z",
    "2025-03-30T02:00:00Z",
    "2025-03-30T02:00:00.000001Z",
    "2025-03-30T02:00:00.5Z",
    "2025-03-30T02:00:00.500001Z",
    "2025-03-30T02:00:00.51Z",
    "2025-03-30T02:00:01Z",
];

fn moments() -> impl DoubleEndedIterator<Item = DateTime<Utc>> {
    MOMENTS.into_iter().map(|text| text.parse().unwrap())
}

/// A task that waits since this moment.
async fn waiting_since(db: &Db, moment: DateTime<Utc>) -> Task {
    let claimed = given::claimed(db).await;
    let retry = RetryAt { not_before: moment, give_attempt_back: false };
    assert!(db.return_task(Claim::on(&claimed), retry).await.unwrap());
    given::read(db, &claimed).await
}

async fn times_are_kept_to_the_microsecond(db: Db) {
    for moment in moments() {
        assert_eq!(waiting_since(&db, moment).await.not_before, moment);
    }
    assert_eq!(db.queue_depth().await.unwrap().oldest, moments().next());
    let task = given::task(&db).await;
    assert_eq!(task.uploaded_at, given::read(&db, &task).await.uploaded_at);
}

async fn times_are_ordered_whatever_their_number_of_decimals(db: Db) {
    let mut expected = Vec::new();
    for moment in moments().rev() {
        expected.insert(0, waiting_since(&db, moment).await.id);
    }
    for id in &expected {
        db.unpublish(*id, 1).await.unwrap();
    }
    for id in expected {
        let (_, taken) = db.take_unpublished(1).await.unwrap();
        assert_eq!(taken[0].id, id);
    }
}

async fn a_lease_ends_at_its_microsecond(db: Db) {
    for lease in [1_000_000, 1_500_000, 1_500_001] {
        let task = given::task(&db).await;
        let claimed = given::claim_for(&db, &task, Duration::from_micros(lease)).await;
        let until = claimed.lease_until.unwrap();
        let lapse = |before| db.lapse_leases(before, 3, given::RETENTION, given::ALL);
        assert!(lapse(until).await.unwrap().is_empty());
        assert_eq!(lapse(until + Duration::from_micros(1)).await.unwrap().len(), 1);
        db.delete_task(task.user_id, task.id).await.unwrap();
    }
}

async fn time_never_stands_still(db: Db) {
    let start = db.now();
    while db.now() <= start {}
    let passed = db.now();
    db.ping().await.unwrap();
    assert!(db.now() > passed - Duration::from_secs(1));
}

/// A process whose own clock is wrong must do no harm, so leases go by the server's: here one that
/// is a day ahead.
#[tokio::test]
async fn on_postgres_the_time_is_the_servers() {
    on_empty_postgres(async |url| {
        let mut server = PgConnection::connect(&url).await.unwrap();
        let (_, name) = url.rsplit_once('/').unwrap();
        let ahead = format!(
            "create schema ahead; \
             create function ahead.clock_timestamp() returns timestamptz language sql as \
             'select pg_catalog.clock_timestamp() + interval ''1 day'''; \
             alter database {name} set search_path = ahead, pg_catalog, public;"
        );
        server.execute(sqlx::AssertSqlSafe(ahead)).await.unwrap();
        server.close().await.unwrap();
        let db = Db::open(&url, SETTINGS).await.unwrap();
        let difference = db.now() - platform::clock::now();
        assert!((difference - chrono::TimeDelta::days(1)).abs() < chrono::TimeDelta::hours(1));
        db.close().await;
    })
    .await;
}
