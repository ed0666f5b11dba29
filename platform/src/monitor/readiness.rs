//! Whether everything that this process needs answers.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use crate::seams::Seams;

/// Longest wait for one part's answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The state of each part.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Checks {
    /// Rows.
    pub database: Check,
    /// Hints to converters.
    pub queue: Check,
    /// Bytes.
    pub bucket: Check,
    /// The folder of running conversions; only where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<Check>,
}

/// The state of a part.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Check {
    /// Whether it works.
    pub state: CheckState,
    /// How long the part took to answer, or was waited for, in milliseconds.
    pub latency_ms: f64,
}

/// Whether a part works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// It does.
    Up,
    /// It does not.
    Down,
}

impl Checks {
    /// Whether the process can work. What it tells the queue can be told later.
    #[must_use]
    pub fn are_well(&self) -> bool {
        let needed = [Some(self.database), Some(self.bucket), self.scratch];
        needed.into_iter().flatten().all(|check| check.state == CheckState::Up)
    }

    /// Asks every part at once.
    pub(super) async fn ask(seams: &Seams, scratch: Option<&Path>) -> Self {
        let (database, queue, bucket, scratch) = futures_util::join!(
            check("database", seams.db.ping()),
            check("queue", seams.queue.health()),
            check("bucket", seams.bucket.ping()),
            async {
                match scratch {
                    Some(folder) => Some(check("scratch", use_folder(folder)).await),
                    None => None,
                }
            },
        );
        Self { database, queue, bucket, scratch }
    }
}

/// Writes a file and removes it.
async fn use_folder(folder: &Path) -> io::Result<()> {
    let file = folder.join("readiness");
    tokio::fs::write(&file, b"It can be written to.\n").await?;
    tokio::fs::remove_file(&file).await
}

async fn check<E: Display>(part: &str, answer: impl Future<Output = Result<(), E>>) -> Check {
    let asked = Instant::now();
    let state = match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(())) => CheckState::Up,
        Ok(Err(cause)) => {
            warn!(part, %cause, "a part does not work");
            CheckState::Down
        }
        Err(_) => {
            warn!(part, "a part does not answer");
            CheckState::Down
        }
    };
    Check { state, latency_ms: asked.elapsed().as_secs_f64() * 1000.0 }
}
