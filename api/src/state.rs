//! What every handler shares.

use std::future::Future;
use std::time::Duration;

use actix_web::web::Data;
use platform::config::Config;
use platform::monitor::Monitor;
use platform::seams::Seams;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::auth::hashing::Hasher;
use crate::auth::session::Sessions;
use crate::limits::{Limits, Load};
use crate::problem::{Code, Problem};

/// How long work that nobody waits for may take after the last request.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// The tier's parts, made once and shared by all of its threads.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) seams: Seams,
    pub(crate) monitor: Monitor,
    pub(crate) sessions: Sessions,
    pub(crate) hasher: Hasher,
    pub(crate) limits: Limits,
    pub(crate) load: Load,
    /// Cancelled when the server is to stop.
    pub(crate) stop: CancellationToken,
    /// The program's runtime: what must come to its end although its client hung up runs there.
    runtime: Handle,
    /// What runs there.
    running: TaskTracker,
}

/// How handlers ask for it.
pub(crate) type State = Data<Shared>;

impl Shared {
    /// Must be called within the program's runtime.
    pub(crate) fn new(config: &Config, seams: Seams, monitor: Monitor) -> Self {
        let runtime = Handle::current();
        Self {
            sessions: Sessions::new(&seams.secret, config.token_lifetime),
            hasher: Hasher::new(config.max_password_hashes(), runtime.clone()),
            limits: Limits::new(config),
            load: Load::default(),
            stop: CancellationToken::new(),
            config: config.clone(),
            seams,
            monitor,
            runtime,
            running: TaskTracker::new(),
        }
    }

    /// Runs work to its end, whether or not anyone still waits for it.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = self.start(work).await;
        done.unwrap_or_else(|error| Err(Problem::caused(Code::Internal, error)))
    }

    /// Starts work that ends by itself, whether or not anyone waits for it.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.running.spawn_on(work.in_current_span(), &self.runtime)
    }

    /// Waits, for a while, until all such work has ended.
    pub(crate) async fn rest(&self) {
        self.running.close();
        // What is cut off here, the sweeper mends.
        let _ = tokio::time::timeout(LAST_PATIENCE, self.running.wait()).await;
    }
}
