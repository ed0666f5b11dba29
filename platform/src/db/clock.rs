//! The clock by which leases are compared.

use std::sync::{Arc, RwLock};
use std::time::Instant;

use chrono::{SubsecRound, TimeDelta};
use sqlx::PgPool;

use super::Result;
use crate::clock::{self, Time};

/// The database server's time, carried forward by this process's monotonic clock between two looks
/// at it; without a server, the machine's own time.
#[derive(Debug, Clone, Default)]
pub(super) struct DatabaseClock {
    /// The server's time, and when it was read.
    reading: Arc<RwLock<Option<(Time, Instant)>>>,
}

impl DatabaseClock {
    /// The current time as the server would say it.
    pub(super) fn now(&self) -> Time {
        let reading = *self.reading.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        match reading {
            Some((time, read)) => {
                let passed = TimeDelta::from_std(read.elapsed()).unwrap_or(TimeDelta::zero());
                (time + passed).trunc_subsecs(6)
            }
            None => clock::now(),
        }
    }

    /// Reads the server's clock.
    pub(super) async fn synchronise(&self, pool: &PgPool) -> Result<()> {
        let time: Time = sqlx::query_scalar("select clock_timestamp()").fetch_one(pool).await?;
        let mut reading = self.reading.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *reading = Some((time, Instant::now()));
        Ok(())
    }
}
