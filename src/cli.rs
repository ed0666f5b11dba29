//! The command line.

use clap::{Parser, Subcommand};
use platform::config::Config;

use crate::check;
use crate::roles::Error;

/// Converts audio, as a web service. Without a command, one process does everything.
///
/// Every option can be given as a variable, in the environment or in a file `.env`.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    /// What this process is to do.
    #[command(subcommand)]
    pub(crate) role: Option<Role>,

    /// How.
    #[command(flatten)]
    pub(crate) config: Config,
}

/// The parts that a process can play.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub(crate) enum Role {
    /// Serve HTTP only
    Api,
    /// Convert, sweep and send mails only
    Converter,
    /// Bring the database's tables up to date and end
    Migrate,
    /// Try database, bucket, queue, mail and folders as they are configured, and say what is wrong
    Check(check::Options),
}

/// A missing `.env` is no error, a broken one is.
pub(crate) fn ignorable(dotenv: dotenvy::Result<std::path::PathBuf>) -> Result<(), Error> {
    match dotenv {
        Err(error) if !error.not_found() => Err(Error::DotEnv(error)),
        _ => Ok(()),
    }
}
