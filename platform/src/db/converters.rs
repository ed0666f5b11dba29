//! The heartbeats of converter processes.

use chrono::TimeDelta;
use sqlx::FromRow;
use sqlx::types::Json;

use super::{Db, PairCost, Result, on};
use crate::clock::Time;

/// How long ago a converter may have been heard of to count as there.
pub const RECENT: TimeDelta = TimeDelta::seconds(30);

/// What a converter says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Beat<'a> {
    /// Name of the process.
    pub id: &'a str,
    /// Name of its machine.
    pub host: &'a str,
    /// Version of the program.
    pub version: &'a str,
    /// Conversions that it runs at once.
    pub slots: i64,
    /// Conversions that it runs now.
    pub running: i64,
    /// Where its metrics are, if anywhere.
    pub metrics_url: Option<&'a str>,
    /// What its conversions took since it started.
    pub costs: &'a [PairCost],
}

/// What a converter last said of itself.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Converter {
    /// Name of the process.
    pub id: String,
    /// Name of its machine.
    pub host: String,
    /// Version of the program.
    pub version: String,
    /// Conversions that it runs at once.
    pub slots: i64,
    /// Conversions that it runs now.
    pub running: i64,
    /// Where its metrics are, if anywhere.
    pub metrics_url: Option<String>,
    /// What its conversions took since it started.
    pub costs: Json<Vec<PairCost>>,
    /// When it said so.
    pub seen_at: Time,
}

const BEAT: &str = "insert into converters \
    (id, host, version, slots, running, metrics_url, costs, seen_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set \
    host = excluded.host, version = excluded.version, slots = excluded.slots, \
    running = excluded.running, metrics_url = excluded.metrics_url, costs = excluded.costs, \
    seen_at = excluded.seen_at";

const SEEN: &str = "select id, host, version, slots, running, metrics_url, costs, seen_at \
    from converters where seen_at >= $1 order by id";

const LEAVE: &str = "delete from converters where id = $1";

const FORGET: &str = "delete from converters where seen_at < $1";

impl Db {
    /// Says that the converter lives; its `seen_at` is set to the database's time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat_converter(&self, beat: &Beat<'_>) -> Result<()> {
        let now = self.now();
        on!(self, |pool| sqlx::query(BEAT)
            .bind(beat.id)
            .bind(beat.host)
            .bind(beat.version)
            .bind(beat.slots)
            .bind(beat.running)
            .bind(beat.metrics_url)
            .bind(Json(beat.costs))
            .bind(now)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// The converters heard of since `since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn converters_since(&self, since: Time) -> Result<Vec<Converter>> {
        Ok(on!(self, |pool| sqlx::query_as(SEEN).bind(since).fetch_all(pool).await)?)
    }

    /// Takes a converter that ends off the list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_converter(&self, id: &str) -> Result<()> {
        on!(self, |pool| sqlx::query(LEAVE).bind(id).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Takes converters last heard of before `before` off the list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_silent_converters(&self, before: Time) -> Result<()> {
        on!(self, |pool| sqlx::query(FORGET).bind(before).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
