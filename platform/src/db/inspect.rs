//! Looking at a database without changing it.

use chrono::TimeDelta;
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use super::open::{self, migrations};
use super::{Db, Engine, OpenError, Result, Settings};
use crate::clock;

/// What was found.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Name and version of the engine.
    pub engine: String,
    /// Migrations that this program would apply.
    pub pending: usize,
    /// Migrations of a newer program.
    pub ahead: usize,
    /// How far the server's clock is ahead of this machine's.
    pub clock_ahead: TimeDelta,
}

const APPLIED: &str = "select version from _sqlx_migrations order by version";

const WRITE: &str = "insert into revoked_tokens (token_id, expires_at) values ($1, $2)";

const READ: &str = "select count(*) from revoked_tokens where token_id = $1";

/// In place of writing, while there are no tables.
const MAKE: &str = "create table probe (id bigint)";

/// Writes, reads and takes it back.
macro_rules! try_writing {
    ($pool:expr, $has_tables:expr) => {{
        let mut transaction = $pool.begin().await?;
        if $has_tables {
            let (token, now) = (Uuid::new_v4(), clock::now());
            sqlx::query(WRITE).bind(token).bind(now).execute(&mut *transaction).await?;
            let written: i64 =
                sqlx::query_scalar(READ).bind(token).fetch_one(&mut *transaction).await?;
            if written != 1 {
                return Err(sqlx::Error::RowNotFound.into());
            }
        } else {
            sqlx::query(MAKE).execute(&mut *transaction).await?;
        }
        transaction.rollback().await?;
    }};
}

impl Db {
    /// Opens the database as it is: its tables are not brought up to date, and a file may belong to
    /// a process that runs. An empty file is made where there is none.
    ///
    /// # Errors
    /// When the URL names no known engine, or the engine can't be reached.
    pub async fn open_as_it_is(
        url: &str,
        settings: Settings,
    ) -> std::result::Result<Self, OpenError> {
        open::open(url, settings, open::Purpose::Look).await
    }

    /// Looks at the state of the tables and the clock, and writes something that is taken back.
    ///
    /// # Errors
    /// When the database fails, or lets nobody write.
    pub async fn inspect(&self) -> Result<Inspection> {
        let (engine, applied) = match &self.engine {
            Engine::Postgres(pool) => inspect_postgres(pool).await?,
            Engine::Sqlite(pool) => inspect_sqlite(pool).await?,
        };
        self.ping().await?;
        let clock_ahead = self.now() - clock::now();
        let known: Vec<i64> = migrations().iter().map(|migration| migration.version).collect();
        let pending = known.iter().filter(|version| !applied.contains(version)).count();
        let ahead = applied.iter().filter(|version| !known.contains(version)).count();
        Ok(Inspection { engine, pending, ahead, clock_ahead })
    }
}

async fn inspect_postgres(pool: &PgPool) -> Result<(String, Vec<i64>)> {
    let version: String = sqlx::query_scalar("show server_version").fetch_one(pool).await?;
    let applied = applied(sqlx::query_scalar(APPLIED).fetch_all(pool).await)?;
    try_writing!(pool, !applied.is_empty());
    Ok((format!("PostgreSQL {version}"), applied))
}

async fn inspect_sqlite(pool: &SqlitePool) -> Result<(String, Vec<i64>)> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(pool).await?;
    let applied = applied(sqlx::query_scalar(APPLIED).fetch_all(pool).await)?;
    try_writing!(pool, !applied.is_empty());
    Ok((format!("SQLite {version}"), applied))
}

/// No table of migrations means none was applied.
fn applied(answer: sqlx::Result<Vec<i64>>) -> Result<Vec<i64>> {
    match answer {
        Err(sqlx::Error::Database(_)) => Ok(Vec::new()),
        answer => Ok(answer?),
    }
}
