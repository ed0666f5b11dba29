//! The page of metrics.

use actix_web::HttpResponse;
use platform::monitor::PAGE_TYPE;

use crate::state::State;

/// Metrics in Prometheus text form.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(state: State) -> HttpResponse {
    HttpResponse::Ok().content_type(PAGE_TYPE).body(state.monitor.page().await)
}
