//! Readiness: whether everything that requests need answers.

use std::future::Future;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use platform::seams::Seams;
use serde::Serialize;
use tokio::sync::Mutex;
use tracing::warn;
use utoipa::ToSchema;

use crate::problem::{Code, Problem};
use crate::state::State;

/// Longest wait for one part's answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How old their answers may be.
const FRESH: Duration = Duration::from_millis(500);

/// Answer of a process that can work.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadyAnswer {
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
}

/// The state of each part.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub(crate) struct Checks {
    database: Check,
    queue: Check,
    bucket: Check,
}

#[derive(Serialize, ToSchema, Clone, Copy)]
struct Check {
    state: PartState,
    /// How long the part took to answer, or was waited for, in milliseconds.
    latency_ms: f64,
}

#[derive(Serialize, ToSchema, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
#[schema(as = CheckState)]
enum PartState {
    Up,
    Down,
}

/// Whether the process can work: database, queue and bucket, each with its state and latency.
#[utoipa::path(get, path = "/api-health", tag = "health", operation_id = "api_health",
    responses(
        (status = 200, description = "It can.", body = ReadyAnswer),
        (status = 503, description = "Something does not answer, or the process is stopping. The \
            problem has the member `checks`."),
    ))]
pub(super) async fn ready(state: State) -> Result<HttpResponse, Problem> {
    let checks = state.readiness.checks(&state.seams).await;
    if state.stop.is_cancelled() {
        return Err(unready("The server is stopping.", checks));
    }
    if [checks.database, checks.queue, checks.bucket].iter().any(|it| it.state == PartState::Down) {
        return Err(unready("A part of the server does not answer.", checks));
    }
    Ok(HttpResponse::Ok().json(ReadyAnswer { status: "ready", checks }))
}

/// The last answers of the parts. Probes are not counted, so that they must cost little however
/// many come.
#[derive(Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Instant, Checks)>>,
}

impl Readiness {
    async fn checks(&self, seams: &Seams) -> Checks {
        let mut last = self.last.lock().await;
        if let Some((asked, checks)) = *last
            && asked.elapsed() < FRESH
        {
            return checks;
        }
        let (database, bucket) = futures_util::join!(
            check("database", async { seams.db.ping().await.map_err(Problem::from) }),
            check("bucket", async { seams.bucket.ping().await.map_err(Problem::from) }),
        );
        // The queue inside the process is there as long as the process is.
        let queue = Check { state: PartState::Up, latency_ms: 0.0 };
        let checks = Checks { database, queue, bucket };
        *last = Some((Instant::now(), checks));
        checks
    }
}

fn unready(detail: &'static str, checks: Checks) -> Problem {
    let checks = serde_json::to_value(checks).unwrap_or_default();
    Problem::new(Code::Unready, detail).member("checks", checks)
}

async fn check(part: &str, answer: impl Future<Output = Result<(), Problem>>) -> Check {
    let asked = Instant::now();
    let state = match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(())) => PartState::Up,
        Ok(Err(problem)) => {
            warn!(part, cause = problem.cause(), "a part does not work");
            PartState::Down
        }
        Err(_) => {
            warn!(part, "a part does not answer");
            PartState::Down
        }
    };
    Check { state, latency_ms: asked.elapsed().as_secs_f64() * 1000.0 }
}
