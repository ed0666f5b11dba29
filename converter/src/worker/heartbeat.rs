//! Tells the others that this converter lives, and what conversions cost.

use std::sync::Arc;
use std::time::Duration;

use platform::db::{Beat, Result};
use platform::monitor;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Time between two signs of life; the API counts a converter out after 30 s.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reports slots, running conversions and costs, until `stop`; then signs off.
pub(super) async fn beat(shared: Arc<Shared>, stop: CancellationToken) {
    let host = monitor::host();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = report(&shared, &host).await {
            tracing::warn!(%error, "the heartbeat was not recorded");
        }
    }
    let farewell = async {
        tell_costs(&shared).await?;
        shared.db.forget_converter(&shared.id).await
    };
    if let Err(error) = farewell.await {
        tracing::warn!(%error, "the converter could not sign off");
    }
}

async fn report(shared: &Shared, host: &str) -> Result<()> {
    let slots = i64::from(shared.slots.count());
    let beat = Beat {
        id: &shared.id,
        host,
        version: env!("CARGO_PKG_VERSION"),
        slots,
        running: i64::try_from(shared.leases.count()).unwrap_or(slots),
        metrics_url: shared.settings.metrics_url.as_deref(),
        costs: &shared.costs.since_start(),
    };
    shared.db.beat_converter(&beat).await?;
    tell_costs(shared).await
}

/// When the answer is lost after the database took it, a few conversions count twice, in costs and
/// lengths alike.
async fn tell_costs(shared: &Shared) -> Result<()> {
    let untold = shared.costs.take_untold();
    if untold.is_empty() {
        return Ok(());
    }
    let told = shared.db.add_costs(&untold).await;
    if told.is_err() {
        shared.costs.give_back(&untold);
    }
    told
}

/// Answers pings until `stop`.
pub(super) async fn answer_pings(shared: Arc<Shared>, stop: CancellationToken) {
    stop.run_until_cancelled(shared.queue.answer_pings()).await;
}
