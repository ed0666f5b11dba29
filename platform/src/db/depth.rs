//! How much work waits, and how fast it is done. Counting costs more the more there is, so one
//! process counts for all.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::FromRow;

use super::{Db, RECENT, Result, on};
use crate::clock::Time;

/// How much work there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Depth {
    /// Tasks that wait.
    pub waiting: i64,
    /// Those among them for which the queue has no message.
    pub unpublished: i64,
    /// Since when the longest waiting one could have been claimed.
    pub oldest: Option<Time>,
    /// Conversions that all converters together run at a time.
    pub slots: i64,
    /// Mean time of the last conversions in microseconds, if any ended of late.
    pub service_micros: Option<i64>,
}

impl Depth {
    /// How long a task that is made now will about wait, if that can be told: the waiting tasks'
    /// work shared among the converters' slots.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let service = self.service_micros.filter(|_| self.slots > 0)?;
        let micros = i128::from(self.waiting) * i128::from(service) / i128::from(self.slots);
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

/// Which conversions tell how long the next ones take.
const LAST: TimeDelta = TimeDelta::hours(1);
const LAST_COUNT: i64 = 100;

/// What is counted of the tasks alone.
#[derive(FromRow)]
struct Count {
    waiting: i64,
    unpublished: i64,
    oldest: Option<Time>,
}

const COUNT: &str = "select count(*) as waiting, count(*) - count(published_at) as unpublished, \
    min(not_before) as oldest from tasks where status = 'uploaded'";

const SLOTS: &str = "select cast(coalesce(sum(slots), 0) as bigint) from converters \
    where seen_at >= $1";

const ENDED: &str = "select started_at, processed_at from tasks where processed_at > $1 \
    and started_at is not null order by processed_at desc limit $2";

const COUNTED: &str =
    "select waiting, unpublished, oldest, slots, service_micros from depth where id = 1";

/// Gives the turn to count to one process; a time ahead is left from a clock that was set back.
const TAKE_TURN: &str = "update depth set counted_at = $1 where id = 1 \
    and (counted_at <= $2 or counted_at > $1)";

const RECORD: &str = "update depth set waiting = $1, unpublished = $2, oldest = $3, slots = $4, \
    service_micros = $5 where id = 1";

const COUNT_RUNNING: &str = "select count(*) from tasks where status = 'processing'";

impl Db {
    /// How many tasks wait, since when, and how fast they are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_depth(&self) -> Result<Depth> {
        let now = self.now();
        let (count, slots, ended) = on!(self, |pool| {
            let count: Count = sqlx::query_as(COUNT).fetch_one(pool).await?;
            let slots: i64 = sqlx::query_scalar(SLOTS).bind(now - RECENT).fetch_one(pool).await?;
            let ended: Vec<(Time, Time)> =
                sqlx::query_as(ENDED).bind(now - LAST).bind(LAST_COUNT).fetch_all(pool).await?;
            (count, slots, ended)
        });
        Ok(Depth {
            waiting: count.waiting,
            unpublished: count.unpublished,
            oldest: count.oldest,
            slots,
            service_micros: mean_micros(&ended),
        })
    }

    /// The same as some process counted it at most `age` ago, this one if no other did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_queue_depth(&self, age: TimeDelta) -> Result<Depth> {
        let now = self.now();
        let mine = on!(self, |pool| sqlx::query(TAKE_TURN)
            .bind(now)
            .bind(now - age)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        if mine == 0 {
            return Ok(on!(self, |pool| sqlx::query_as(COUNTED).fetch_one(pool).await)?);
        }
        let depth = self.queue_depth().await?;
        on!(self, |pool| sqlx::query(RECORD)
            .bind(depth.waiting)
            .bind(depth.unpublished)
            .bind(depth.oldest)
            .bind(depth.slots)
            .bind(depth.service_micros)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(depth)
    }

    /// How many tasks are being converted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_running(&self) -> Result<i64> {
        Ok(on!(self, |pool| sqlx::query_scalar(COUNT_RUNNING).fetch_one(pool).await)?)
    }
}

fn mean_micros(ended: &[(Time, Time)]) -> Option<i64> {
    let took = |(start, end): &(Time, Time)| (*end - *start).num_microseconds().unwrap_or(0).max(0);
    let sum: i64 = ended.iter().map(took).sum();
    sum.checked_div(i64::try_from(ended.len()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_work_shared_among_the_slots() {
        let depth = |waiting, slots, service_micros| {
            Depth { waiting, unpublished: 0, oldest: None, slots, service_micros }.wait()
        };
        assert_eq!(depth(100, 4, Some(2_000_000)), Some(Duration::from_secs(50)));
        assert_eq!(depth(0, 4, Some(2_000_000)), Some(Duration::ZERO));
        assert_eq!(depth(100, 0, Some(2_000_000)), None);
        assert_eq!(depth(100, 4, None), None);
        assert_eq!(depth(i64::MAX, 1, Some(i64::MAX)), Some(Duration::from_micros(u64::MAX)));
    }
}
