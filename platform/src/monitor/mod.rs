//! What a process says of itself to machines: its metrics and whether it can work. Every role has
//! it, the API at its own address, and any role at a small one beside (`METRICS_LISTEN`).

mod cgroup;
mod gauges;
mod process;
mod readiness;
mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

pub use readiness::{Check, CheckState, Checks};
pub use server::{ListenError, Listener};

use crate::seams::Seams;
use crate::telemetry::Metrics;

/// Media type of the page of metrics.
pub const PAGE_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How old the parts' answers may be. Probes are not counted, so that they must cost little
/// however many come.
const FRESH: Duration = Duration::from_millis(500);

/// Name of this machine, or of the container.
#[must_use]
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Answer of a process that runs.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = AliveAnswer)]
pub struct Alive {
    #[schema(example = "alive")]
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Answer of a process that can work.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = ReadyAnswer)]
pub struct Ready {
    /// `ready`, or `degraded` while the queue is down: files are taken, but wait.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
}

/// Why a process can't work.
#[derive(Debug, Clone, Copy)]
pub struct Unready {
    /// In a sentence.
    pub detail: &'static str,
    /// The state of each part.
    pub checks: Checks,
}

/// Looks after this process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    seams: Seams,
    metrics: Metrics,
    /// Where conversions run, in a process that has some.
    scratch: Option<PathBuf>,
    /// The last answers of the parts.
    checks: Mutex<Option<(Instant, Checks)>>,
    /// When the gauges were last set.
    measured: Mutex<Option<Instant>>,
}

impl Monitor {
    /// Of a process on these seams, whose conversions, if there are some, run in `scratch`.
    #[must_use]
    pub fn new(seams: &Seams, metrics: Metrics, scratch: Option<PathBuf>) -> Self {
        process::remember_start();
        let (checks, measured) = (Mutex::default(), Mutex::default());
        let seams = seams.clone();
        Self { shared: Arc::new(Shared { seams, metrics, scratch, checks, measured }) }
    }

    /// That the process runs.
    #[must_use]
    pub fn alive(&self) -> Alive {
        Alive { status: "alive", version: env!("CARGO_PKG_VERSION") }
    }

    /// Whether the process can work.
    ///
    /// # Errors
    /// When a part that it needs does not answer, or it is `stopping`.
    pub async fn ready(&self, stopping: bool) -> Result<Ready, Unready> {
        let checks = self.checks().await;
        if stopping {
            return Err(Unready { detail: "The process is stopping.", checks });
        }
        if !checks.are_well() {
            return Err(Unready { detail: "A part of the server does not answer.", checks });
        }
        let status = if checks.queue.state == CheckState::Up { "ready" } else { "degraded" };
        Ok(Ready { status, checks })
    }

    /// The page of metrics, in at most a little more than a second, whatever does not answer.
    pub async fn page(&self) -> String {
        self.measure().await;
        let metrics = self.shared.metrics.clone();
        let render = move || metrics.render() + &process::render();
        let page = tokio::task::spawn_blocking(render).await;
        page.unwrap_or_else(|error| {
            tracing::error!(%error, "the page of metrics could not be written");
            String::new()
        })
    }

    async fn checks(&self) -> Checks {
        let mut last = self.shared.checks.lock().await;
        if let Some((asked, checks)) = *last
            && asked.elapsed() < FRESH
        {
            return checks;
        }
        let checks = Checks::ask(&self.shared.seams, self.shared.scratch.as_deref()).await;
        *last = Some((Instant::now(), checks));
        checks
    }

    async fn measure(&self) {
        let mut last = self.shared.measured.lock().await;
        if last.is_some_and(|measured| measured.elapsed() < FRESH) {
            return;
        }
        gauges::measure(&self.shared.seams.db, &self.shared.seams.queue).await;
        *last = Some(Instant::now());
    }
}
