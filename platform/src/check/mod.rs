//! Tries every seam as it is configured: opens, writes, reads, deletes. A part that fails does not
//! keep the others from being tried.

mod bucket;
mod database;
mod local;
mod mail;
mod queue;

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use crate::config::Config;

/// Longest wait for one part.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was found about one part.
#[derive(Debug)]
pub struct Finding {
    /// The part.
    pub part: &'static str,
    /// The variable that it is configured by.
    pub variable: &'static str,
    /// How long it took.
    pub latency: Duration,
    /// A sentence about what works, or what does not.
    pub outcome: Result<String, Fault>,
}

/// What is wrong with a part.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// How to mend it; names the variable.
    pub remedy: String,
}

type Outcome = Result<String, Fault>;

impl Fault {
    fn new(what: impl Display, remedy: impl Into<String>) -> Self {
        Self { what: what.to_string(), remedy: remedy.into() }
    }
}

/// Tries everything. A mail is sent only if there is an address in `mail_to`.
pub async fn run(config: &Config, mail_to: Option<&str>) -> Vec<Finding> {
    // The folder first, since others may lie in it.
    let mut findings = vec![try_part("folder", "DATA_DIR", local::data_folder(config)).await];
    let (database, bucket, queue, mail) = tokio::join!(
        try_part("database", "DATABASE_URL", database::check(config)),
        try_part("bucket", "BUCKET_URL", bucket::check(config)),
        try_part("queue", "QUEUE_URL", queue::check(config)),
        try_part("mail", "MAIL_URL", mail::check(config, mail_to)),
    );
    findings.extend([database, bucket, queue, mail]);
    findings.push(try_part("scratch", "SCRATCH_DIR", local::scratch_folder(config)).await);
    findings.push(try_part("secret", "JWT_SECRET", local::secret(config)).await);
    findings
}

async fn try_part(
    part: &'static str,
    variable: &'static str,
    check: impl Future<Output = Outcome>,
) -> Finding {
    let start = Instant::now();
    let outcome = tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| {
        let what = format!("no answer within {} s", PATIENCE.as_secs());
        Err(Fault::new(what, format!("Check that what {variable} names can be reached.")))
    });
    Finding { part, variable, latency: start.elapsed(), outcome }
}
