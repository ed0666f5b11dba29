//! The way of one message: claim, convert, settle, acknowledge.

use std::sync::Arc;
use std::time::{Duration, Instant};

use platform::db::Claim;
use platform::queue::{Delivery, Job};
use platform::sabotage::{self, Rule};
use platform::task::Task;
use tokio_util::sync::CancellationToken;

use super::leases::HeldLease;
use super::slots::Room;
use super::{Shared, conversion, measure, settle};
use crate::failure::Failure;

/// Pauses between tries while the database is away, the last one repeated.
const BACKOFF_MS: [u64; 5] = [100, 300, 1000, 2000, 5000];

/// Runs the job of a delivery. The delivery is acknowledged once the row says what became of the
/// job; dropped before that, it goes back to the queue.
pub(super) async fn run(
    shared: Arc<Shared>,
    job: Job,
    delivery: Delivery,
    stop: CancellationToken,
) {
    let delivery = match sabotage::is_off(Rule::LateAck) {
        true => (None, delivery.ack().await).0,
        false => Some(delivery),
    };
    // Before the claim, so that nothing is claimed while another task runs alone.
    let Some(room) = stop.run_until_cancelled(shared.slots.shared()).await else { return };
    let Some(claimed) = claim(&shared, &job, &stop).await else { return };
    if let Some(task) = claimed {
        work(&shared, task, room).await;
    }
    if let Some(delivery) = delivery {
        delivery.ack().await;
    }
}

/// The claimed task, or `Some(None)` when it is not to be had. `None`: the worker is to stop.
async fn claim(shared: &Shared, job: &Job, stop: &CancellationToken) -> Option<Option<Task>> {
    for pause in pauses() {
        let lease = shared.settings.lease;
        match shared.db.claim_task((job.task, job.generation), &shared.id, lease).await {
            Ok(task) => return Some(task),
            Err(error) => tracing::warn!(%error, "a task could not be claimed; trying again"),
        }
        stop.run_until_cancelled(tokio::time::sleep(pause)).await?;
    }
    None
}

/// Converts a claimed task and writes down what became of it.
async fn work(shared: &Shared, task: Task, room: Room) {
    let claim = Claim::on(&task);
    let lease = shared.leases.hold(claim);
    let room = match task.crashes {
        0 => Some(room),
        // It took a worker down before: nobody else's work shall go down with this one.
        _ => alone(shared, &lease, room).await,
    };
    let start = Instant::now();
    let result = match &room {
        Some(_) => conversion::run(shared, &task, &lease).await,
        None => Err(interrupted(&lease)),
    };
    measure::record(shared, &task, &result, start.elapsed());
    for pause in pauses() {
        match settle::settle(shared, &task, &result).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "a task's end was not recorded; trying again"),
        }
        // Until then the lease is renewed; after the grace period it lapses by itself.
        if shared.give_back.is_cancelled() || lease.lost.is_cancelled() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn alone(shared: &Shared, lease: &HeldLease, room: Room) -> Option<Room> {
    drop(room);
    tokio::select! {
        room = shared.slots.alone() => Some(room),
        () = shared.give_back.cancelled() => None,
        () = lease.lost.cancelled() => None,
    }
}

fn interrupted(lease: &HeldLease) -> Failure {
    if lease.lost.is_cancelled() { Failure::Lost } else { Failure::Stopped }
}

/// Grows to the last pause and stays there: the one who waits has an end of its own.
fn pauses() -> impl Iterator<Item = Duration> {
    let last = BACKOFF_MS[BACKOFF_MS.len() - 1];
    BACKOFF_MS.into_iter().chain(std::iter::repeat(last)).map(Duration::from_millis)
}
