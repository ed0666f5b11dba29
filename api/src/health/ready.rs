//! Readiness: whether everything that requests need answers. They don't need the queue: while it is
//! away uploads are taken, and the sweeper publishes them later.

use actix_web::HttpResponse;
use platform::monitor::Ready;

use crate::problem::{Code, Problem};
use crate::state::State;

/// Whether the process can work: each part with its state and latency.
#[utoipa::path(get, path = "/api-health", tag = "health", operation_id = "api_health",
    responses(
        (status = 200, description = "It can. While the queue is down `status` is `degraded`: files are \
            taken, but wait.", body = Ready),
        (status = 503, description = "Something does not answer, or the process is stopping. The \
            problem has the member `checks`."),
    ))]
pub(super) async fn ready(state: State) -> Result<HttpResponse, Problem> {
    match state.monitor.ready(state.stop.is_cancelled()).await {
        Ok(ready) => Ok(HttpResponse::Ok().json(ready)),
        Err(unready) => {
            let checks = serde_json::to_value(unready.checks).unwrap_or_default();
            Err(Problem::new(Code::Unready, unready.detail).member("checks", checks))
        }
    }
}
