//! What the service had to do lately, and how it fared.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use platform::db::Observation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::State;

/// Periods in an answer.
const LATEST: i64 = 10;

/// An observation period. A task counts by its row at the period's end: one that was asked for
/// again counts by its last upload or change, one that was deleted does not count.
#[derive(Serialize, ToSchema)]
#[schema(as = Observation)]
pub(crate) struct ObservationView {
    /// When the period began.
    started_at: DateTime<Utc>,
    /// How long it was.
    seconds: i64,
    /// Tasks uploaded or changed.
    arrived: i64,
    /// Tasks that a converter took.
    started: i64,
    /// Tasks that were converted.
    finished: i64,
    /// Tasks that failed.
    failed: i64,
    /// `arrived` a second.
    arrival_rate: f64,
    /// `started` a second.
    start_rate: f64,
    /// `finished` a second.
    finish_rate: f64,
    /// `failed` a second.
    failure_rate: f64,
    /// Mean time from upload or change to the result, of the tasks that were converted.
    mean_response_seconds: Option<f64>,
    /// What 95 % of these times were not above.
    p95_response_seconds: Option<f64>,
    /// Mean time from a converter's taking to the result.
    mean_service_seconds: Option<f64>,
    /// What 95 % of these times were not above.
    p95_service_seconds: Option<f64>,
    /// Tasks that waited when the period ended.
    queue_depth: i64,
    /// Tasks that were being converted.
    running: i64,
    /// How long the longest waiting task had waited.
    oldest_waiting_seconds: f64,
    /// Converters that were there.
    converters: i64,
    /// Conversions that they run at once, together.
    slots: i64,
}

/// The last 10 observation periods, newest first.
#[utoipa::path(get, path = "/health/load", tag = "health", operation_id = "load",
    responses((status = 200, description = "The periods; none at the start.",
        body = [ObservationView])))]
pub(super) async fn load(state: State) -> Result<HttpResponse, Problem> {
    let latest = state.seams.db.latest_observations(LATEST).await?;
    let views: Vec<_> = latest.into_iter().map(ObservationView::from).collect();
    Ok(HttpResponse::Ok().json(views))
}

impl From<Observation> for ObservationView {
    fn from(row: Observation) -> Self {
        let rate = |tasks| per_second(tasks, row.seconds);
        Self {
            started_at: row.started_at,
            seconds: row.seconds,
            arrived: row.arrived,
            started: row.started,
            finished: row.finished,
            failed: row.failed,
            arrival_rate: rate(row.arrived),
            start_rate: rate(row.started),
            finish_rate: rate(row.finished),
            failure_rate: rate(row.failed),
            mean_response_seconds: row.mean_response,
            p95_response_seconds: row.p95_response,
            mean_service_seconds: row.mean_service,
            p95_service_seconds: row.p95_service,
            queue_depth: row.waiting,
            running: row.running,
            oldest_waiting_seconds: row.oldest_waiting,
            converters: row.converters,
            slots: row.slots,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn per_second(tasks: i64, seconds: i64) -> f64 {
    tasks as f64 / seconds.max(1) as f64
}
