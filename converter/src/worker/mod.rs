//! Claims tasks and converts them, as many at a time as there are slots.

mod conversion;
mod costs;
mod heartbeat;
mod job;
mod leases;
mod measure;
mod settle;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use platform::bucket::Bucket;
use platform::db::Db;
use platform::queue::{Consumer, Delivery, Queue};
use platform::seams::Seams;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Scratch, Settings};
use costs::Costs;
use leases::Leases;
use slots::Slots;

/// How long the last statements of a stopping worker may take.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A converter process's worker.
#[derive(Debug, Clone)]
pub struct Worker {
    shared: Arc<Shared>,
}

/// What every conversion of a worker needs.
#[derive(Debug)]
struct Shared {
    /// Name of this worker in rows and logs.
    id: String,
    db: Db,
    bucket: Bucket,
    queue: Queue,
    scratch: Scratch,
    settings: Settings,
    /// The claims that are being renewed.
    leases: Leases,
    slots: Slots,
    costs: Costs,
    /// Cancelled when running conversions must be given back.
    give_back: CancellationToken,
}

impl Worker {
    /// A worker on these seams.
    #[must_use]
    pub fn new(seams: &Seams, scratch: Scratch, settings: Settings) -> Self {
        let slots = Slots::new(settings.slots);
        metrics::gauge!("conversion_slots").set(f64::from(slots.count()));
        metrics::gauge!("conversions_running").set(0.0);
        let shared = Shared {
            id: format!("converter-{:08x}", rand::random::<u32>()),
            db: seams.db.clone(),
            bucket: seams.bucket.clone(),
            queue: seams.queue.clone(),
            scratch,
            leases: Leases::default(),
            slots,
            costs: Costs::default(),
            give_back: CancellationToken::new(),
            settings,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Works until `stop`; then finishes what runs within the grace period and gives the rest back.
    pub async fn run(self, stop: CancellationToken) {
        let shared = self.shared;
        tracing::info!(worker = %shared.id, slots = shared.settings.slots, "converter started");
        let jobs = TaskTracker::new();
        let background = CancellationToken::new();
        let renewal = tokio::spawn(leases::renew(Arc::clone(&shared), background.clone()));
        let heartbeat = tokio::spawn(heartbeat::beat(Arc::clone(&shared), background.clone()));
        let pongs = tokio::spawn(heartbeat::answer_pings(Arc::clone(&shared), stop.clone()));
        receive(&shared, &jobs, &stop).await;
        drain(&shared, &jobs).await;
        background.cancel();
        for task in [renewal, heartbeat, pongs] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the converter failed");
            }
        }
        tracing::info!(worker = %shared.id, "converter stopped");
    }
}

/// Takes a message whenever a slot is free, until `stop`.
async fn receive(shared: &Arc<Shared>, jobs: &TaskTracker, stop: &CancellationToken) {
    let mut consumer = shared.queue.consume(shared.settings.slots);
    while let Some((slot, delivery)) = stop.run_until_cancelled(take(shared, &mut consumer)).await {
        let run = job::run(Arc::clone(shared), delivery, stop.clone());
        jobs.spawn(async move { (run.await, slot).0 });
    }
}

/// Takes a slot and then a message. While a task runs alone, or waits to, all messages are left to
/// other workers.
async fn take(shared: &Shared, consumer: &mut Consumer) -> (OwnedSemaphorePermit, Delivery) {
    loop {
        let slot = shared.slots.free().await;
        tokio::select! {
            biased;
            () = shared.slots.secluded() => {}
            delivery = consumer.next() => return (slot, delivery),
        }
        drop(slot);
        consumer.pause();
        shared.slots.open().await;
    }
}

/// Waits for running conversions, for the grace period; then has them given back.
async fn drain(shared: &Shared, jobs: &TaskTracker) {
    jobs.close();
    if tokio::time::timeout(shared.settings.grace, jobs.wait()).await.is_ok() {
        return;
    }
    tracing::info!(running = jobs.len(), "giving running conversions back");
    shared.give_back.cancel();
    if tokio::time::timeout(LAST_WORDS, jobs.wait()).await.is_err() {
        tracing::warn!(running = jobs.len(), "some conversions are left to their lease");
    }
}
