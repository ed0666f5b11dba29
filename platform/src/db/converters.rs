//! The heartbeats of converter processes.

use sqlx::FromRow;

use super::{Db, Result, on};
use crate::clock::Time;

/// What a converter last said of itself.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Converter {
    /// Name of the process.
    pub id: String,
    /// Version of the program.
    pub version: String,
    /// Conversions that it runs at once.
    pub slots: i64,
    /// Conversions that it runs now.
    pub running: i64,
    /// When it said so.
    pub seen_at: Time,
}

const BEAT: &str = "insert into converters (id, version, slots, running, seen_at) \
    values ($1, $2, $3, $4, $5) on conflict (id) do update set \
    version = excluded.version, slots = excluded.slots, running = excluded.running, \
    seen_at = excluded.seen_at";

const SEEN: &str = "select id, version, slots, running, seen_at from converters \
    where seen_at >= $1 order by id";

const LEAVE: &str = "delete from converters where id = $1";

const FORGET: &str = "delete from converters where seen_at < $1";

impl Db {
    /// Says that the converter lives; its `seen_at` is set to the database's time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat_converter(
        &self,
        id: &str,
        version: &str,
        slots: i64,
        running: i64,
    ) -> Result<()> {
        let now = self.now();
        on!(self, |pool| sqlx::query(BEAT)
            .bind(id)
            .bind(version)
            .bind(slots)
            .bind(running)
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
