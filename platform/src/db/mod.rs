//! The database: one set of statements over `PostgreSQL` and `SQLite`.
//!
//! Every write is a compare-and-set, and the first statement of every transaction writes: `SQLite`
//! would otherwise answer "database is locked", `PostgreSQL` would lose updates.

mod clock;
mod converters;
mod costs;
mod depth;
mod error;
mod inspect;
mod objects;
mod observations;
mod open;
mod outbox;
mod sweep;
mod tasks;
mod tokens;
mod turns;
mod uploads;
mod users;
mod work;

use sqlx::{PgPool, SqlitePool};

pub use converters::{Beat, Converter, RECENT};
pub use costs::{Forecast, PairCost};
pub use depth::Depth;
pub use error::{Error, Result};
pub use inspect::Inspection;
pub use observations::{Observation, Workload};
pub use open::{OpenError, Settings};
pub use outbox::{Mailing, Notice};
pub use sweep::{CRASHED, Lapsed, Unpublished};
pub use tasks::{Created, NewTask, Page};
pub use uploads::{NewUpload, Upload};
pub use users::{NewUser, SignUp, User};
pub use work::{Claim, Lease, Outcome, RetryAt};

use crate::clock::Time;

/// A handle to the database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    clock: clock::DatabaseClock,
    /// How far apart the turns of one user's tasks lie.
    turn_spacing: std::time::Duration,
    /// Held while the process runs: an embedded database belongs to one process.
    _owner: Option<std::sync::Arc<std::fs::File>>,
}

/// Connections to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// All that are open.
    pub open: usize,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// Most that may be open.
    pub limit: usize,
}

#[derive(Debug, Clone)]
enum Engine {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// Runs one expression on whichever pool is open; the expression is compiled for both.
macro_rules! on {
    ($db:expr, |$pool:ident| $run:expr) => {
        match &$db.engine {
            $crate::db::Engine::Postgres($pool) => $run,
            $crate::db::Engine::Sqlite($pool) => $run,
        }
    };
}
use on;

impl Db {
    /// The time by which leases and delays are compared: the server's clock on `PostgreSQL`, so
    /// that a process whose own clock is wrong does no harm; this machine's on `SQLite`.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Whether this is the embedded engine, which only this process uses.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// Asks the database for a sign of life and sets the clock by its answer.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ping(&self) -> Result<()> {
        match &self.engine {
            Engine::Postgres(pool) => self.clock.synchronise(pool).await,
            Engine::Sqlite(pool) => {
                sqlx::query("select 1").execute(pool).await?;
                Ok(())
            }
        }
    }

    /// The connections of this process, for the page of metrics.
    #[must_use]
    pub fn connections(&self) -> Connections {
        on!(self, |pool| Connections {
            open: pool.size() as usize,
            idle: pool.num_idle(),
            limit: pool.options().get_max_connections() as usize,
        })
    }

    /// Waits for a connection and gives it back, for the page of metrics.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn acquire(&self) -> Result<()> {
        on!(self, |pool| drop(pool.acquire().await?));
        Ok(())
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        on!(self, |pool| pool.close().await);
    }
}
