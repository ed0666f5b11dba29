//! Whether the service lives, can work, and has converters.

pub(crate) mod converters;
pub(crate) mod metrics;
pub(crate) mod ready;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::endpoint::Endpoint;

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/alive").get(alive),
        Endpoint::at("/api-health").alias("/ready").get(ready::ready),
        Endpoint::at("/converter-health").get(converters::converters),
        Endpoint::at("/ping").get(converters::ping),
        Endpoint::at("/metrics").get(metrics::metrics),
    ]
}

/// Answer of a process that runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct AliveAnswer {
    #[schema(example = "alive")]
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Whether the process runs.
#[utoipa::path(get, path = "/alive", tag = "health", operation_id = "alive",
    responses((status = 200, description = "It does.", body = AliveAnswer)))]
async fn alive() -> HttpResponse {
    let version = env!("CARGO_PKG_VERSION");
    HttpResponse::Ok().json(AliveAnswer { status: "alive", version })
}
