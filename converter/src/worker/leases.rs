//! The claims of this worker and their renewal: one statement for all slots, every third of the
//! lease, which also carries progress to the rows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platform::db::{Claim, Lease};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// The claims that are being renewed.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Arc<Mutex<HashMap<Claim, Held>>>,
}

#[derive(Debug, Clone)]
struct Held {
    progress: Arc<AtomicU8>,
    lost: CancellationToken,
}

/// A claim that is renewed for as long as this lives.
#[derive(Debug)]
pub(super) struct HeldLease {
    claim: Claim,
    held: Arc<Mutex<HashMap<Claim, Held>>>,
    /// 0 to 100, set by the conversion.
    pub(super) progress: Arc<AtomicU8>,
    /// Cancelled when the claim no longer holds.
    pub(super) lost: CancellationToken,
}

impl Leases {
    /// Starts to renew a claim.
    pub(super) fn hold(&self, claim: Claim) -> HeldLease {
        let held = Held { progress: Arc::default(), lost: CancellationToken::new() };
        lock(&self.held).insert(claim, held.clone());
        metrics::gauge!("conversions_running").increment(1.0);
        HeldLease { claim, held: Arc::clone(&self.held), progress: held.progress, lost: held.lost }
    }

    /// Conversions that are under way.
    pub(super) fn count(&self) -> usize {
        lock(&self.held).len()
    }

    fn current(&self) -> Vec<Lease> {
        let lease = |(claim, held): (&Claim, &Held)| Lease {
            claim: *claim,
            progress: i64::from(held.progress.load(Ordering::Relaxed)),
        };
        lock(&self.held).iter().map(lease).collect()
    }

    /// Tells the conversions whose claim was not renewed.
    fn give_up(&self, asked: &[Lease], renewed: &[i64]) {
        let held = lock(&self.held);
        for lease in asked.iter().filter(|lease| !renewed.contains(&lease.claim.task)) {
            if let Some(held) = held.get(&lease.claim) {
                held.lost.cancel();
            }
        }
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        lock(&self.held).remove(&self.claim);
        metrics::gauge!("conversions_running").decrement(1.0);
    }
}

fn lock(held: &Mutex<HashMap<Claim, Held>>) -> MutexGuard<'_, HashMap<Claim, Held>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Renews every claim, until `stop`.
pub(super) async fn renew(shared: Arc<Shared>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(shared.settings.lease / 3);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let leases = shared.leases.current();
        if leases.is_empty() {
            continue;
        }
        match shared.db.renew_leases(&leases, shared.settings.lease).await {
            Ok(renewed) => shared.leases.give_up(&leases, &renewed),
            // The conversions go on: should another worker claim their tasks meanwhile, the
            // fencing token keeps this one's results out.
            Err(error) => tracing::warn!(%error, "leases could not be renewed"),
        }
    }
}
