//! Holds the service to what it answered: reads the journal back and compares it with the rows,
//! the bucket, the queue and the mails.

mod ledger;
mod mails;
mod results;
mod stores;
pub(crate) mod targets;

use std::sync::Arc;

use crate::Result;
use crate::journal::Entry;
use crate::load::inputs::Inputs;
use crate::site::Site;
use ledger::Ledger;
use targets::Target;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) violations: Vec<String>,
    pub(crate) targets: Vec<Target>,
    /// Tasks that were accepted.
    pub(crate) tasks: usize,
    /// Faults that were brought about, with how many of each kind.
    pub(crate) faults: Vec<(String, usize)>,
    /// Faults that could not be brought about.
    pub(crate) skipped: Vec<String>,
    /// Requests, and those that were not answered as they should when all is well.
    pub(crate) requests: (usize, usize),
}

/// A task as its row has it at the end.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    generation: i64,
    claim: i64,
    status: String,
    new_format: String,
    error_code: Option<String>,
    crashes: i64,
    attempt: i64,
    source_key: Option<String>,
    result_key: Option<String>,
    result_digest: Option<String>,
}

const ROWS: &str = "select id, generation, claim, status, new_format, error_code, crashes, \
    attempt, source_key, result_key, result_digest from tasks order by id";

/// Judges a run that has come to rest.
pub(crate) async fn reach(site: &Arc<Site>, inputs: &Inputs) -> Result<Verdict> {
    let rows: Vec<Row> = sqlx::query_as(ROWS).fetch_all(&site.pool).await?;
    let entries = site.journal.read()?;
    let ledger = Ledger::of(&entries);
    let mut violations: Vec<String> = ledger.violations.clone();
    violations.extend(results::check(site, inputs, &ledger, &rows).await?);
    violations.extend(stores::check(site, &rows).await?);
    let (mail_violations, duplicates) = mails::check(&entries, &ledger, &rows);
    violations.extend(mail_violations);
    Ok(Verdict {
        violations,
        targets: targets::measure(&entries, site.lease, duplicates),
        tasks: ledger.tasks.len(),
        faults: kinds(&entries),
        skipped: skipped(&entries),
        requests: requests(&entries),
    })
}

fn kinds(entries: &[Entry]) -> Vec<(String, usize)> {
    let mut kinds = std::collections::BTreeMap::new();
    for entry in entries {
        if let Entry::Fault { fault, .. } = entry {
            *kinds.entry(fault.kind()).or_default() += 1;
        }
    }
    kinds.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect()
}

fn skipped(entries: &[Entry]) -> Vec<String> {
    let skipped = entries.iter().filter_map(|entry| match entry {
        Entry::Skipped { number, fault, reason } => Some(format!("{number} {fault:?}: {reason}")),
        _ => None,
    });
    skipped.collect()
}

fn requests(entries: &[Entry]) -> (usize, usize) {
    let answers = entries.iter().filter_map(|entry| match entry {
        Entry::Request { status, .. } => Some(status.is_none_or(|status| status >= 500)),
        _ => None,
    });
    answers.fold((0, 0), |(all, failed), fails| (all + 1, failed + usize::from(fails)))
}
