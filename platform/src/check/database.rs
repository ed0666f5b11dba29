//! Tries the database.

use chrono::TimeDelta;

use super::{Fault, Outcome};
use crate::config::Config;
use crate::db::{self, Db, Inspection, OpenError};

/// How far the clocks may lie apart: logins and links are judged by this machine's, leases by the
/// database's.
const SKEW: TimeDelta = TimeDelta::seconds(10);

pub(super) async fn check(config: &Config) -> Outcome {
    let opened = Db::open_as_it_is(&config.database_url(), config.into()).await;
    let db = opened.map_err(|error| unopened(&error))?;
    let inspected = db.inspect().await;
    db.close().await;
    let found = inspected.map_err(|error| Fault::new(&error, remedy_for(&error)))?;
    if found.clock_ahead.abs() > SKEW {
        return Err(Fault::new(
            format!("its clock is {} s ahead of this machine's", found.clock_ahead.num_seconds()),
            "Have both clocks set by a time service (NTP).",
        ));
    }
    Ok(described(&found))
}

fn described(found: &Inspection) -> String {
    let tables = match (found.pending, found.ahead) {
        (0, 0) => "its tables are up to date".to_owned(),
        (0, ahead) => format!("its tables are {ahead} migrations ahead of this version"),
        (pending, _) => format!("{pending} migrations will be applied at the start"),
    };
    format!("{}; {tables}", found.engine)
}

fn unopened(error: &OpenError) -> Fault {
    let remedy = match error {
        OpenError::Connect(error) => remedy(error),
        OpenError::Url(_) => {
            "Set DATABASE_URL to sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME."
        }
        OpenError::File(..) => {
            "Give the user who runs this the right to write there, or set \
            DATABASE_URL to another file."
        }
        OpenError::InUse(_) | OpenError::Migrate(_) => "Stop the other process, and try again.",
    };
    Fault::new(error, remedy)
}

fn remedy_for(error: &db::Error) -> &'static str {
    match error {
        db::Error::Engine(error) => remedy(error),
        _ => "Try again.",
    }
}

/// What mends an error of the engine, by its code (PostgreSQL's documentation, appendix A).
fn remedy(error: &sqlx::Error) -> &'static str {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some("28P01" | "28000") => "Correct the user and the password in DATABASE_URL.",
        Some("3D000") => "Create that database, or correct the name at the end of DATABASE_URL.",
        Some("42501") => {
            "Grant the user in DATABASE_URL the right to create and change tables \
            in that database, or make it the owner."
        }
        Some("53300") => {
            "Lower DATABASE_POOL_SIZE in all processes, or raise the server's \
            max_connections."
        }
        Some("25006") => "Let DATABASE_URL name the primary server, not a replica.",
        Some(_) => "Look at the database's own log, and correct DATABASE_URL if it names another.",
        None => match error {
            sqlx::Error::Configuration(_) => "Correct DATABASE_URL.",
            sqlx::Error::Tls(_) => "Correct sslmode and sslrootcert in DATABASE_URL.",
            _ => {
                "Start the database, or correct the host and the port in DATABASE_URL; a \
                firewall may be in the way."
            }
        },
    }
}
