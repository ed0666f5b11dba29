//! Whether the service lives, can work, and has converters.

pub(crate) mod converters;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod ready;

use actix_web::HttpResponse;
use platform::monitor::Alive;

use crate::endpoint::Endpoint;
use crate::state::State;

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/alive").get(alive),
        Endpoint::at("/api-health").alias("/ready").get(ready::ready),
        Endpoint::at("/converter-health").get(converters::converters),
        Endpoint::at("/health/load").get(load::load),
        Endpoint::at("/ping").get(converters::ping),
        Endpoint::at("/metrics").get(metrics::metrics),
    ]
}

/// Whether the process runs.
#[utoipa::path(get, path = "/alive", tag = "health", operation_id = "alive",
    responses((status = 200, description = "It does.", body = Alive)))]
async fn alive(state: State) -> HttpResponse {
    HttpResponse::Ok().json(state.monitor.alive())
}
