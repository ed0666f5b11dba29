//! The page of metrics. What the process counts is there already; what only the database or the
//! queue knows is asked for here.

use std::time::Duration;

use actix_web::HttpResponse;
use metrics::gauge;
use tracing::warn;

use crate::problem::Problem;
use crate::state::{Shared, State};

/// Longest wait for the database; metrics must be there above all when it does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Metrics in Prometheus text form.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(state: State) -> HttpResponse {
    measure(&state).await;
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(state.metrics.render())
}

async fn measure(state: &Shared) {
    let db = &state.seams.db;
    gauge!("queue_ready_messages").set(count(state.seams.queue.depth()));
    let (open, idle) = db.connections();
    gauge!("database_connections", "state" => "idle").set(count(idle));
    gauge!("database_connections", "state" => "busy").set(f64::from(open) - count(idle));
    match tokio::time::timeout(PATIENCE, measure_tasks(state)).await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => warn!(cause = problem.cause(), "tasks could not be counted"),
        Err(_) => warn!("tasks could not be counted in time"),
    }
}

async fn measure_tasks(state: &Shared) -> Result<(), Problem> {
    let db = &state.seams.db;
    let depth = state.load.depth(db).await?;
    let age = depth.oldest.map_or(0.0, |oldest| (db.now() - oldest).as_seconds_f64().max(0.0));
    gauge!("tasks_waiting").set(count(depth.waiting));
    gauge!("tasks_oldest_waiting_seconds").set(age);
    gauge!("tasks_running").set(count(db.count_running().await?));
    Ok(())
}

/// A count as gauges take it; beyond 2^32 nobody reads it exactly.
fn count(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}
