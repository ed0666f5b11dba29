//! Whether there are converters, and whether they answer.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use platform::db::{Converter, PairCost, RECENT};
use platform::queue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Code, Problem};
use crate::state::State;

/// Longest wait for the answer to a ping.
const PATIENCE: Duration = Duration::from_secs(5);

/// A converter process.
#[derive(Serialize, ToSchema)]
#[schema(as = Converter)]
pub(crate) struct ConverterView {
    id: String,
    /// Name of its machine.
    host: String,
    /// Version of its program.
    version: String,
    /// Conversions that it runs at once.
    slots: i64,
    /// Conversions that it runs now.
    running: i64,
    /// Where its metrics are, as its machine reaches them; null where nobody can ask for them.
    metrics_url: Option<String>,
    /// What its conversions took since it started.
    costs: Vec<PairCostView>,
    /// When it was last heard of.
    seen_at: DateTime<Utc>,
}

/// What conversions from one format to another took.
#[derive(Serialize, ToSchema)]
#[schema(as = PairCost)]
struct PairCostView {
    /// What was found in the uploads.
    #[schema(example = "flac")]
    source: String,
    #[schema(example = "mp3")]
    target: String,
    /// Conversions that ended well.
    conversions: i64,
    /// Their processor time.
    cpu_seconds: f64,
    /// The time that they held a slot.
    slot_seconds: f64,
    /// The length of their audio.
    audio_seconds: f64,
    /// Processor time for a second of audio; null when there was none.
    cpu_seconds_per_audio_second: Option<f64>,
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
    let views: Vec<_> = converters.into_iter().map(ConverterView::from).collect();
    Ok(HttpResponse::Ok().json(views))
}

impl From<Converter> for ConverterView {
    fn from(converter: Converter) -> Self {
        Self {
            id: converter.id,
            host: converter.host,
            version: converter.version,
            slots: converter.slots,
            running: converter.running,
            metrics_url: converter.metrics_url,
            costs: converter.costs.0.into_iter().map(PairCostView::from).collect(),
            seen_at: converter.seen_at,
        }
    }
}

impl From<PairCost> for PairCostView {
    fn from(cost: PairCost) -> Self {
        let coefficient = cost.cpu_seconds / cost.audio_seconds;
        Self {
            source: cost.source,
            target: cost.target,
            conversions: cost.conversions,
            cpu_seconds: cost.cpu_seconds,
            slot_seconds: cost.slot_seconds,
            audio_seconds: cost.audio_seconds,
            cpu_seconds_per_audio_second: coefficient.is_finite().then_some(coefficient),
        }
    }
}

/// Send a ping through the queue to a converter.
#[utoipa::path(get, path = "/ping", tag = "health", operation_id = "ping",
    responses(
        (status = 200, description = "A converter answered.", body = PongAnswer),
        (status = 503, description = "The queue is full or away."),
        (status = 504, description = "None answered in 5 seconds."),
    ))]
pub(super) async fn ping(state: State) -> Result<HttpResponse, Problem> {
    let sent = Instant::now();
    match state.seams.queue.ping(PATIENCE).await {
        Ok(()) => {
            let round_trip_ms = sent.elapsed().as_secs_f64() * 1000.0;
            Ok(HttpResponse::Ok().json(PongAnswer { message: "pong", round_trip_ms }))
        }
        Err(error @ queue::Error::Silent) => Err(Problem::caused(Code::PingUnanswered, error)),
        Err(error) => Err(Problem::caused(Code::Unavailable, error)),
    }
}
