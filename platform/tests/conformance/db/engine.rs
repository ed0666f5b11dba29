//! The engines, and how a test is run on each of them.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use futures_util::FutureExt;
use platform::db::{Db, Settings};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Bounds of the pools of all tests, as small as a server's share of connections may get.
pub(super) const SETTINGS: Settings = Settings {
    size: 8,
    acquire_timeout: Duration::from_mins(1),
    statement_timeout: Duration::from_mins(1),
    lock_timeout: Duration::from_mins(1),
    idle_in_transaction_timeout: Duration::from_mins(1),
    turn_spacing: Duration::from_mins(20),
};

/// Makes a test of each function on each engine: `…::on_sqlite::name`, `…::on_postgres::name`.
macro_rules! on_each_engine {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::db::engine::on_sqlite(super::$name).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::db::engine::on_postgres(super::$name).await;
            })+
        }
    };
}
pub(super) use on_each_engine;

/// Runs a test on a new file.
pub(super) async fn on_sqlite(test: impl AsyncFnOnce(Db)) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&sqlite_url(&folder), SETTINGS).await.unwrap();
    test(db.clone()).await;
    db.close().await;
}

/// Runs a test on a new database of the server, and drops that however the test ends.
pub(super) async fn on_postgres(test: impl AsyncFnOnce(Db)) {
    on_empty_postgres(async |url| {
        let db = Db::open(&url, SETTINGS).await.unwrap();
        test(db.clone()).await;
        db.close().await;
    })
    .await;
}

/// Runs a test with the address of a database without a single table.
pub(super) async fn on_empty_postgres(test: impl AsyncFnOnce(String)) {
    let name = format!("test_{}", Uuid::new_v4().simple());
    tell_server(format!("create database {name}")).await;
    let (server, _) = postgres_server().rsplit_once('/').map(split_owned).unwrap();
    let outcome = AssertUnwindSafe(test(format!("{server}/{name}"))).catch_unwind().await;
    tell_server(format!("drop database {name} with (force)")).await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The address of a database file in this folder.
pub(super) fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("soundmill.db").display())
}

fn split_owned((server, name): (&str, &str)) -> (String, String) {
    (server.to_owned(), name.to_owned())
}

fn postgres_server() -> String {
    std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_POSTGRES_URL is not set. Run `./test`, or this test alone with \
             `./test run cargo test --release --workspace NAME`."
        )
    })
}

async fn tell_server(statement: String) {
    let mut server = PgConnection::connect(&postgres_server()).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut server).await.unwrap();
    server.close().await.unwrap();
}
