//! Whether there are converters, and whether they answer.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use chrono::{DateTime, TimeDelta, Utc};
use platform::queue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Code, Problem};
use crate::state::State;

/// How long ago a converter may have been heard of.
const RECENT: TimeDelta = TimeDelta::seconds(30);

/// Longest wait for the answer to a ping.
const PATIENCE: Duration = Duration::from_secs(5);

/// A converter process.
#[derive(Serialize, ToSchema)]
#[schema(as = Converter)]
pub(crate) struct ConverterView {
    id: String,
    /// Version of its program.
    version: String,
    /// Conversions that it runs at once.
    slots: i64,
    /// Conversions that it runs now.
    running: i64,
    /// When it was last heard of.
    seen_at: DateTime<Utc>,
}

/// Answer to a ping.
#[derive(Serialize, ToSchema)]
pub(crate) struct PongAnswer {
    #[schema(example = "pong")]
    message: &'static str,
    /// Milliseconds from here through the queue to a converter and back.
    round_trip_ms: f64,
}

/// The converters heard of in the last 30 seconds.
#[utoipa::path(get, path = "/converter-health", tag = "health", operation_id = "converter_health",
    responses(
        (status = 200, description = "The converters.", body = [ConverterView]),
        (status = 503, description = "There is none."),
    ))]
pub(super) async fn converters(state: State) -> Result<HttpResponse, Problem> {
    let db = &state.seams.db;
    let converters = db.converters_since(db.now() - RECENT).await?;
    if converters.is_empty() {
        return Err(Code::NoConverter.into());
    }
    let views = converters.into_iter().map(|converter| ConverterView {
        id: converter.id,
        version: converter.version,
        slots: converter.slots,
        running: converter.running,
        seen_at: converter.seen_at,
    });
    Ok(HttpResponse::Ok().json(views.collect::<Vec<_>>()))
}

/// Send a ping through the queue to a converter.
#[utoipa::path(get, path = "/ping", tag = "health", operation_id = "ping",
    responses(
        (status = 200, description = "A converter answered.", body = PongAnswer),
        (status = 503, description = "The queue is full."),
        (status = 504, description = "None answered in 5 seconds."),
    ))]
pub(super) async fn ping(state: State) -> Result<HttpResponse, Problem> {
    let sent = Instant::now();
    match state.seams.queue.ping(PATIENCE).await {
        Ok(()) => {
            let round_trip_ms = sent.elapsed().as_secs_f64() * 1000.0;
            Ok(HttpResponse::Ok().json(PongAnswer { message: "pong", round_trip_ms }))
        }
        Err(error @ queue::Error::Full) => Err(Problem::caused(Code::QueueFull, error)),
        Err(error @ queue::Error::Silent) => Err(Problem::caused(Code::PingUnanswered, error)),
    }
}
