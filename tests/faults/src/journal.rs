//! The harness's own record of what it did and what it was answered: one JSON object a line, only
//! ever appended to. The verdict is built from this file and nothing else that the harness knows.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::plan::Fault;

/// Milliseconds since the journal was opened.
pub(crate) type Millis = u64;

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// An upload is about to be sent, possibly several times, under this key.
    Upload { user: i64, key: String, input: String, format: String },
    /// It was answered with 202.
    Accepted { user: i64, key: String, task: i64, file: Uuid },
    /// A change is about to be asked for.
    Change { task: i64, format: String },
    /// It was answered with 202.
    Changed { task: i64, at: Millis },
    /// A deletion is about to be asked for.
    Delete { task: i64 },
    /// It was answered with 200.
    Deleted { task: i64, at: Millis },
    /// A request ended; without a status there was no answer.
    Request { action: Action, start: Millis, end: Millis, status: Option<u16>, code: String },
    /// A fault was there between these times.
    Fault { number: usize, fault: Fault, start: Millis, end: Millis },
    /// A fault could not be brought about.
    Skipped { number: usize, fault: Fault, reason: String },
    /// A figure was measured.
    Measured { figure: Figure, value: f64, start: Millis, end: Millis },
    /// Something was seen that must never be.
    Violation { what: String },
    /// A mail arrived.
    Mail { id: String, at: Millis },
}

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Upload,
    Change,
    Delete,
    Look,
    Download,
}

/// What is measured while faults happen; times in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// From SIGKILL of a worker until its task was claimed again.
    KilledToClaimed,
    /// From the broker's return until every waiting task was published.
    BrokerToPublished,
    /// How long `PostgreSQL` was away.
    PostgresAway,
    /// Leases that lapsed while and after `PostgreSQL` was away.
    PostgresLapsed,
    /// From the exit of a stopping converter until its unfinished task was claimed elsewhere.
    StoppedToClaimed,
    /// From the first claim of a file that takes its workers down until its task had failed.
    PoisonToFailed,
}

/// A handle to the journal, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    start: Instant,
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl Journal {
    /// Starts a journal; there must be no file yet.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::options().append(true).create_new(true).open(path)?;
        let file = Arc::new(Mutex::new(file));
        Ok(Self { start: Instant::now(), path: path.to_owned(), file })
    }

    /// The time by which entries are dated.
    pub(crate) fn now(&self) -> Millis {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Appends an entry.
    ///
    /// # Panics
    /// When the file can't be written: a verdict without its record would be worth nothing.
    #[expect(clippy::expect_used, reason = "without its record the harness must not go on")]
    pub(crate) fn note(&self, entry: &Entry) {
        let mut line = serde_json::to_vec(entry).expect("entries are plain data");
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).expect("the journal can be written");
    }

    /// Notes something that must never be.
    pub(crate) fn violation(&self, what: impl Into<String>) {
        let what = what.into();
        eprintln!("VIOLATION: {what}");
        self.note(&Entry::Violation { what });
    }

    /// Everything that was noted.
    pub(crate) fn read(&self) -> Result<Vec<Entry>> {
        let lines = BufReader::new(File::open(&self.path)?).lines();
        lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
    }
}
