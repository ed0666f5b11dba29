//! Opening the database that `DATABASE_URL` names, and bringing its tables up to date.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::clock::DatabaseClock;
use super::{Db, Engine};
use crate::config::Config;

/// How long a writer waits for another on `SQLite`, where there is one at a time.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// How the database is used.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Most connections at a time.
    pub size: u32,
    /// Longest wait for a free one.
    pub acquire_timeout: Duration,
    /// Longest time for one statement; `PostgreSQL` only, as the next two. Zero is without end.
    pub statement_timeout: Duration,
    /// Longest wait of a statement for a row that another holds.
    pub lock_timeout: Duration,
    /// Longest pause within a transaction, after which its connection is cut.
    pub idle_in_transaction_timeout: Duration,
    /// How far apart the turns of one user's tasks lie: the longest time for one conversion.
    pub turn_spacing: Duration,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            size: config.database_pool_size.get(),
            acquire_timeout: config.database_acquire_timeout,
            statement_timeout: config.database_statement_timeout,
            lock_timeout: config.database_lock_timeout,
            idle_in_transaction_timeout: config.database_idle_in_transaction_timeout,
            turn_spacing: config.job_timeout,
        }
    }
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
    pub async fn open(url: &str, settings: Settings) -> Result<Self, OpenError> {
        open(url, settings, Purpose::Work).await
    }
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its tables are brought up to date first, and a file belongs to this process.
    Work,
    /// It is left as it is.
    Look,
}

/// Opens the database that the URL names.
pub(super) async fn open(url: &str, settings: Settings, purpose: Purpose) -> Result<Db, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if is_file(path) => {
            open_sqlite(path.trim_start_matches("//"), settings, purpose).await
        }
        Some(("postgres" | "postgresql", _)) => open_postgres(url, settings, purpose).await,
        _ => Err(OpenError::Url(crate::address::shown(url))),
    }
}

/// The migrations. A database may be ahead of this program: while a new version is rolled out, old
/// processes start too, and migrations only add.
pub(super) fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("../migrations");
    migrations.set_ignore_missing(true);
    migrations
}

async fn open_postgres(url: &str, settings: Settings, purpose: Purpose) -> Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)?.application_name("soundmill");
    // The pool would try until its time is up and then only say so; this says what is wrong.
    let connect = tokio::time::timeout(settings.acquire_timeout, options.connect());
    connect.await.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
    if purpose == Purpose::Work {
        migrate(&options, &settings).await?;
    }
    let pool = PgPoolOptions::new()
        .max_connections(settings.size)
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options.options(bounds(&settings)))
        .await?;
    let clock = DatabaseClock::default();
    clock.synchronise(&pool).await.map_err(|error| match error {
        super::Error::Engine(error) => OpenError::Connect(error),
        other => OpenError::Connect(sqlx::Error::Protocol(other.to_string())),
    })?;
    let engine = Engine::Postgres(pool);
    Ok(Db { engine, clock, turn_spacing: settings.turn_spacing, _owner: None })
}

/// Under an advisory lock, so that any number may start at once; without the bounds of other
/// statements, since a large table takes its time.
async fn migrate(options: &PgConnectOptions, settings: &Settings) -> Result<(), OpenError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .connect_lazy_with(options.clone());
    migrations().run(&pool).await?;
    pool.close().await;
    Ok(())
}

/// The bounds of every statement, as the server takes them: in milliseconds.
fn bounds(settings: &Settings) -> [(&'static str, String); 3] {
    [
        ("statement_timeout", settings.statement_timeout),
        ("lock_timeout", settings.lock_timeout),
        ("idle_in_transaction_session_timeout", settings.idle_in_transaction_timeout),
    ]
    .map(|(name, time)| (name, time.as_millis().min(i32::MAX as u128).to_string()))
}

async fn open_sqlite(path: &str, settings: Settings, purpose: Purpose) -> Result<Db, OpenError> {
    let path = Path::new(path);
    make_folder(path)?;
    let owner = if purpose == Purpose::Work { Some(Arc::new(own(path)?)) } else { None };
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
    if purpose == Purpose::Work {
        migrations().run(&pool).await?;
    }
    Ok(Db {
        engine: Engine::Sqlite(pool),
        clock: DatabaseClock::default(),
        turn_spacing: settings.turn_spacing,
        _owner: owner,
    })
}

/// Whether the path names a file: a database in memory would be another one on each connection.
fn is_file(path: &str) -> bool {
    !path.trim_start_matches('/').is_empty() && !path.starts_with(":memory:")
}

fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| OpenError::File(path.to_owned(), error))
}

/// Takes the lock file beside the database. The system releases it however the process ends.
fn own(path: &Path) -> Result<File, OpenError> {
    let failed = |error| OpenError::File(path.to_owned(), error);
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = File::create(lock).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
