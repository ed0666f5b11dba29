//! Tells the others that this converter lives.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Time between two signs of life; the API counts a converter out after 30 s.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reports slots and running conversions, until `stop`; then signs off.
pub(super) async fn beat(shared: Arc<Shared>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let slots = i64::from(shared.slots.count());
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let running = i64::try_from(shared.leases.count()).unwrap_or(slots);
        let version = env!("CARGO_PKG_VERSION");
        if let Err(error) = shared.db.beat_converter(&shared.id, version, slots, running).await {
            tracing::warn!(%error, "the heartbeat was not recorded");
        }
    }
    if let Err(error) = shared.db.forget_converter(&shared.id).await {
        tracing::warn!(%error, "the converter could not sign off");
    }
}
