//! What conversions take, by pair of formats, and what is to be expected of those that wait.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{Db, Result, on};

/// What conversions of one pair of formats took, as sums; a quotient of two is a coefficient.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, FromRow)]
pub struct PairCost {
    /// What the uploads were.
    pub source: String,
    /// What they became.
    pub target: String,
    /// How many ended well.
    pub conversions: i64,
    /// Processor time, in seconds.
    pub cpu_seconds: f64,
    /// Time that they held a slot, in seconds: fetching and storing included.
    pub slot_seconds: f64,
    /// Length of their audio, in seconds.
    pub audio_seconds: f64,
    /// Bytes of the uploads.
    pub source_bytes: f64,
}

/// What the tasks that wait are expected to take, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    /// Processor time.
    pub cpu_seconds: f64,
    /// Time in which they will hold a slot.
    pub slot_seconds: f64,
}

/// From so many conversions on, what is known counts half whenever something is added: so the
/// sums follow a change of machines or of the program.
const ADD: &str = "insert into conversion_costs as known (source, target, conversions, \
    cpu_seconds, slot_seconds, audio_seconds, source_bytes, measured_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (source, target) do update set \
    conversions = known.conversions / case when known.conversions >= 1000 then 2 else 1 end \
        + excluded.conversions, \
    cpu_seconds = known.cpu_seconds / case when known.conversions >= 1000 then 2 else 1 end \
        + excluded.cpu_seconds, \
    slot_seconds = known.slot_seconds / case when known.conversions >= 1000 then 2 else 1 end \
        + excluded.slot_seconds, \
    audio_seconds = known.audio_seconds / case when known.conversions >= 1000 then 2 else 1 end \
        + excluded.audio_seconds, \
    source_bytes = known.source_bytes / case when known.conversions >= 1000 then 2 else 1 end \
        + excluded.source_bytes, \
    measured_at = excluded.measured_at";

const KNOWN: &str = "select source, target, conversions, cpu_seconds, slot_seconds, \
    audio_seconds, source_bytes from conversion_costs order by source, target";

/// Waiting tasks that are looked at; they stand for all.
const SAMPLE: i64 = 10_000;

/// By the length of the audio where a converter has looked at the upload before, otherwise by its
/// bytes and what they take on the average to become the target.
const FORECAST: &str = "with sample as (select new_format, source_format, duration_seconds, \
    source_size from tasks where status = 'uploaded' order by not_before limit $1), \
    waiting as (select new_format, source_format, \
    cast(coalesce(sum(duration_seconds), 0) as double precision) as seconds, \
    cast(sum(case when duration_seconds is null then 0 else source_size end) \
        as double precision) as known_bytes, \
    cast(sum(case when duration_seconds is null then source_size else 0 end) \
        as double precision) as other_bytes \
    from sample group by new_format, source_format), \
    average as (select target, sum(cpu_seconds) as cpu, sum(slot_seconds) as slot, \
    sum(source_bytes) as bytes from conversion_costs group by target) \
    select (select count(*) from sample) as tasks, \
    coalesce(sum(case when pair.audio_seconds > 0 \
        then waiting.seconds * pair.cpu_seconds / pair.audio_seconds \
        else waiting.known_bytes * average.cpu / average.bytes end \
        + waiting.other_bytes * average.cpu / average.bytes), 0.0) as cpu_seconds, \
    coalesce(sum(case when pair.audio_seconds > 0 \
        then waiting.seconds * pair.slot_seconds / pair.audio_seconds \
        else waiting.known_bytes * average.slot / average.bytes end \
        + waiting.other_bytes * average.slot / average.bytes), 0.0) as slot_seconds \
    from waiting join average on average.target = waiting.new_format and average.bytes > 0 \
    left join conversion_costs as pair on pair.source = waiting.source_format \
    and pair.target = waiting.new_format";

#[derive(FromRow)]
struct Sampled {
    tasks: i64,
    cpu_seconds: f64,
    slot_seconds: f64,
}

impl Db {
    /// Adds what further conversions took, each pair once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_costs(&self, costs: &[PairCost]) -> Result<()> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            for cost in costs {
                sqlx::query(ADD)
                    .bind(&cost.source)
                    .bind(&cost.target)
                    .bind(cost.conversions)
                    .bind(cost.cpu_seconds)
                    .bind(cost.slot_seconds)
                    .bind(cost.audio_seconds)
                    .bind(cost.source_bytes)
                    .bind(now)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    /// What conversions took so far, over all converters.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn conversion_costs(&self) -> Result<Vec<PairCost>> {
        Ok(on!(self, |pool| sqlx::query_as(KNOWN).fetch_all(pool).await)?)
    }

    /// What the `waiting` tasks are expected to take, by what was measured; the 10,000 that wait
    /// longest stand for all, and a target that nothing is known of counts nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forecast(&self, waiting: i64) -> Result<Forecast> {
        let sampled: Sampled =
            on!(self, |pool| sqlx::query_as(FORECAST).bind(SAMPLE).fetch_one(pool).await)?;
        let all = ratio(waiting, sampled.tasks);
        Ok(Forecast {
            cpu_seconds: sampled.cpu_seconds * all,
            slot_seconds: sampled.slot_seconds * all,
        })
    }
}

/// How many times the sample all of them are: never less than it, though some may have gone since
/// they were counted.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn ratio(all: i64, sampled: i64) -> f64 {
    if sampled < SAMPLE { 1.0 } else { all.max(sampled) as f64 / sampled as f64 }
}
