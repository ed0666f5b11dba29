//! Opening the database that `DATABASE_URL` names, and bringing its tables up to date.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::clock::DatabaseClock;
use super::{Db, Engine, on};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// How long a writer waits for another on `SQLite`, where there is one at a time.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// Bounds of the connection pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// Most connections at a time.
    pub size: u32,
    /// Longest wait for a free one.
    pub acquire_timeout: Duration,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names neither engine.
    #[error("`{0}` is neither sqlite:PATH nor postgres://USER@HOST/DATABASE")]
    Url(String),
    /// Another process works on this file.
    #[error("{0} is in use by another soundmill process; stop that one or give this one its own")]
    InUse(PathBuf),
    /// The file or its folder can't be used.
    #[error("{0} can't be opened: {1}")]
    File(PathBuf, std::io::Error),
    /// The engine refused the connection.
    #[error("the database can't be opened: {0}")]
    Connect(#[from] sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("the tables can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Db {
    /// Opens the database and applies the migrations that it lacks.
    ///
    /// # Errors
    /// When the URL names no known engine, or the engine can't be reached or migrated.
    pub async fn open(url: &str, pool: PoolSettings) -> Result<Self, OpenError> {
        let db = match url.split_once(':') {
            Some(("sqlite", path)) if is_file(path) => {
                open_sqlite(path.trim_start_matches("//"), pool).await?
            }
            Some(("postgres" | "postgresql", _)) => open_postgres(url, pool).await?,
            _ => return Err(OpenError::Url(crate::address::shown(url))),
        };
        on!(db, |pool| MIGRATIONS.run(pool).await?);
        Ok(db)
    }
}

async fn open_postgres(url: &str, settings: PoolSettings) -> Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)?.application_name("soundmill");
    // The pool would try until its time is up and then only say so; this says what is wrong.
    let connect = tokio::time::timeout(settings.acquire_timeout, options.connect());
    connect.await.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(settings.size)
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options)
        .await?;
    let clock = DatabaseClock::default();
    clock.synchronise(&pool).await.map_err(|error| match error {
        super::Error::Engine(error) => OpenError::Connect(error),
        other => OpenError::Connect(sqlx::Error::Protocol(other.to_string())),
    })?;
    Ok(Db { engine: Engine::Postgres(pool), clock, _owner: None })
}

async fn open_sqlite(path: &str, settings: PoolSettings) -> Result<Db, OpenError> {
    let path = Path::new(path);
    let owner = own(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An answered upload must survive a power cut, not only the end of the process.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(SQLITE_BUSY)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(settings.size)
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options)
        .await?;
    let engine = Engine::Sqlite(pool);
    Ok(Db { engine, clock: DatabaseClock::default(), _owner: Some(Arc::new(owner)) })
}

/// Whether the path names a file: a database in memory would be another one on each connection.
fn is_file(path: &str) -> bool {
    !path.trim_start_matches('/').is_empty() && !path.starts_with(":memory:")
}

/// Takes the lock file beside the database. The system releases it however the process ends.
fn own(path: &Path) -> Result<File, OpenError> {
    let failed = |error| OpenError::File(path.to_owned(), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = File::create(lock).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
