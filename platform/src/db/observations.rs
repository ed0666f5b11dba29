//! What there is to do now, and what was done in each observation period.
//!
//! A task counts by its row: as arrived when its present generation was asked for, as started when
//! it was last claimed, and as finished or failed when it ended. A PUT moves all three; a task that
//! was deleted before its period was recorded does not count.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::FromRow;

use super::{Db, RECENT, Result, on};
use crate::clock::Time;
use crate::id;

/// Tasks of one period whose times are looked at; beyond that the first ones stand for all.
const SAMPLE: i64 = 10_000;

/// How much work there is, and who is there to do it.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Tasks that wait.
    pub waiting: i64,
    /// Since when the longest waiting one could have been claimed.
    pub oldest_waiting: Option<Time>,
    /// Tasks that converters hold.
    pub running: i64,
    /// Waiting tasks that the queue was not told of.
    pub unpublished: i64,
    /// Since when the longest such one could have been claimed.
    pub oldest_unpublished: Option<Time>,
    /// Mails that were not sent.
    pub unsent: i64,
    /// When the oldest of them became due first.
    pub oldest_unsent: Option<Time>,
    /// Converters.
    pub converters: i64,
    /// Their slots, together.
    pub slots: i64,
}

#[derive(FromRow)]
struct WorkloadRow {
    waiting: i64,
    oldest_waiting: Option<Time>,
    running: i64,
    unpublished: i64,
    oldest_unpublished: Option<Time>,
    unsent: i64,
    oldest_unsent: Option<i64>,
    converters: i64,
    slots: i64,
}

/// What was done in a period, and what there was to do at its end.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Observation {
    /// When the period began.
    pub started_at: Time,
    /// How long it was.
    pub seconds: i64,
    /// Tasks asked for.
    pub arrived: i64,
    /// Tasks claimed.
    pub started: i64,
    /// Tasks that ended with a result.
    pub finished: i64,
    /// Tasks that ended without.
    pub failed: i64,
    /// Mean time from asking to the result, in seconds.
    pub mean_response: Option<f64>,
    /// What 95 % of these times were not above.
    pub p95_response: Option<f64>,
    /// Mean time from the claim to the result, in seconds.
    pub mean_service: Option<f64>,
    /// What 95 % of these times were not above.
    pub p95_service: Option<f64>,
    /// Tasks that waited.
    pub waiting: i64,
    /// Tasks that converters held.
    pub running: i64,
    /// How long the longest waiting one had waited, in seconds.
    pub oldest_waiting: f64,
    /// Converters that were there.
    pub converters: i64,
    /// Their slots, together.
    pub slots: i64,
}

#[derive(FromRow)]
struct Counts {
    arrived: i64,
    started: i64,
    finished: i64,
    failed: i64,
}

/// When a task was asked for, when it was claimed, and when it ended.
type Times = (Option<Time>, Option<Time>, Time);

const WORKLOAD: &str = "select \
    (select count(*) from tasks where status = 'uploaded') as waiting, \
    (select min(not_before) from tasks where status = 'uploaded') as oldest_waiting, \
    (select count(*) from tasks where status = 'processing') as running, \
    (select count(*) from tasks where status = 'uploaded' and published_at is null) \
        as unpublished, \
    (select min(not_before) from tasks where status = 'uploaded' and published_at is null) \
        as oldest_unpublished, \
    (select count(*) from outbox where sent_at is null) as unsent, \
    (select min(id) from outbox where sent_at is null) as oldest_unsent, \
    (select count(*) from converters where seen_at >= $1) as converters, \
    (select cast(coalesce(sum(slots), 0) as bigint) from converters where seen_at >= $1) as slots";

const COUNTS: &str = "select \
    (select count(*) from tasks where asked_at >= $1 and asked_at < $2) as arrived, \
    (select count(*) from tasks where started_at >= $1 and started_at < $2) as started, \
    (select count(*) from tasks where processed_at >= $1 and processed_at < $2 \
        and status = 'processed') as finished, \
    (select count(*) from tasks where processed_at >= $1 and processed_at < $2 \
        and status = 'failed') as failed";

const TIMES: &str = "select asked_at, started_at, processed_at from tasks \
    where processed_at >= $1 and processed_at < $2 and status = 'processed' \
    order by processed_at limit $3";

const RECORD: &str = "insert into observations (started_at, seconds, arrived, started, finished, \
    failed, mean_response, p95_response, mean_service, p95_service, waiting, running, \
    oldest_waiting, converters, slots) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
    on conflict (started_at) do nothing";

const RECORDED: &str = "select count(*) from observations where started_at = $1";

const LATEST: &str = "select * from observations order by started_at desc limit $1";

const FORGET: &str = "delete from observations where started_at < $1";

impl Db {
    /// How much there is to do, and who is there to do it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workload(&self) -> Result<Workload> {
        let since = self.now() - RECENT;
        let row: WorkloadRow =
            on!(self, |pool| sqlx::query_as(WORKLOAD).bind(since).fetch_one(pool).await)?;
        Ok(Workload {
            waiting: row.waiting,
            oldest_waiting: row.oldest_waiting,
            running: row.running,
            unpublished: row.unpublished,
            oldest_unpublished: row.oldest_unpublished,
            unsent: row.unsent,
            oldest_unsent: row.oldest_unsent.map(id::made_at),
            converters: row.converters,
            slots: row.slots,
        })
    }

    /// Whether the period that began at `start` is on record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_observed(&self, start: Time) -> Result<bool> {
        let rows: i64 =
            on!(self, |pool| sqlx::query_scalar(RECORDED).bind(start).fetch_one(pool).await)?;
        Ok(rows > 0)
    }

    /// Counts what was done in the period of this length that began at `start`, and records it
    /// unless another did. Returns whether it was recorded by this call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn observe(&self, start: Time, length: Duration) -> Result<bool> {
        let end = start + length;
        let counts: Counts =
            on!(self, |pool| sqlx::query_as(COUNTS).bind(start).bind(end).fetch_one(pool).await)?;
        let times: Vec<Times> = on!(self, |pool| sqlx::query_as(TIMES)
            .bind(start)
            .bind(end)
            .bind(SAMPLE)
            .fetch_all(pool)
            .await)?;
        let workload = self.workload().await?;
        let now = self.now();
        self.record(&observation(start, length, &counts, &times, (&workload, now))).await
    }

    async fn record(&self, row: &Observation) -> Result<bool> {
        let rows = on!(self, |pool| sqlx::query(RECORD)
            .bind(row.started_at)
            .bind(row.seconds)
            .bind(row.arrived)
            .bind(row.started)
            .bind(row.finished)
            .bind(row.failed)
            .bind(row.mean_response)
            .bind(row.p95_response)
            .bind(row.mean_service)
            .bind(row.p95_service)
            .bind(row.waiting)
            .bind(row.running)
            .bind(row.oldest_waiting)
            .bind(row.converters)
            .bind(row.slots)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// The last `limit` periods on record, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_observations(&self, limit: i64) -> Result<Vec<Observation>> {
        Ok(on!(self, |pool| sqlx::query_as(LATEST).bind(limit).fetch_all(pool).await)?)
    }

    /// Forgets periods that began before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_observations(&self, before: Time) -> Result<()> {
        on!(self, |pool| sqlx::query(FORGET).bind(before).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}

fn observation(
    started_at: Time,
    length: Duration,
    counts: &Counts,
    times: &[Times],
    (workload, now): (&Workload, Time),
) -> Observation {
    let since = |from: fn(&Times) -> Option<Time>| {
        let passed = |times: &Times| Some(seconds(times.2 - from(times)?));
        Spread::of(times.iter().filter_map(passed).collect())
    };
    let (response, service) = (since(|times| times.0), since(|times| times.1));
    Observation {
        started_at,
        seconds: i64::try_from(length.as_secs()).unwrap_or(i64::MAX),
        arrived: counts.arrived,
        started: counts.started,
        finished: counts.finished,
        failed: counts.failed,
        mean_response: response.map(|spread| spread.mean),
        p95_response: response.map(|spread| spread.p95),
        mean_service: service.map(|spread| spread.mean),
        p95_service: service.map(|spread| spread.p95),
        waiting: workload.waiting,
        running: workload.running,
        oldest_waiting: workload.oldest_waiting.map_or(0.0, |oldest| seconds(now - oldest)),
        converters: workload.converters,
        slots: workload.slots,
    }
}

fn seconds(passed: TimeDelta) -> f64 {
    passed.as_seconds_f64().max(0.0)
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    mean: f64,
    p95: f64,
}

impl Spread {
    /// Mean, and the smallest value that at least 95 % are not above; `None` of nothing.
    #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let rank = (values.len() * 95).div_ceil(100).checked_sub(1)?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some(Self { mean, p95: values[rank] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p95_is_the_least_value_that_95_of_100_are_not_above() {
        let hundred = (1..=100).rev().map(f64::from).collect();
        assert_eq!(Spread::of(hundred), Some(Spread { mean: 50.5, p95: 95.0 }));
        assert_eq!(Spread::of(vec![7.0]), Some(Spread { mean: 7.0, p95: 7.0 }));
        assert_eq!(Spread::of(vec![]), None);
    }
}
