//! Tasks whose message is missing, and tasks whose worker is.

use std::time::Duration;

use platform::db::Result;
use platform::dispatch;
use platform::queue::Job;
use platform::sabotage::{self, Rule};
use platform::task::Status;

use super::{BATCH, MAX_CRASHES, Sweeper, span};

/// How long a message may go unclaimed while the queue is empty.
const LOST_WHEN_EMPTY: Duration = Duration::from_mins(1);
/// How long a message may go unclaimed at all.
const LOST: Duration = Duration::from_hours(1);

impl Sweeper {
    /// Publishes tasks whose message is missing. Those of the last moments are left to whoever
    /// made them, who publishes them too.
    pub(super) async fn publish_waiting(&self) -> Result<()> {
        if sabotage::is_off(Rule::Outbox) {
            return Ok(());
        }
        // A broker that is away may hold any number.
        let is_empty = matches!(self.queue.depth().await, Ok(0));
        let patience = if is_empty { LOST_WHEN_EMPTY } else { LOST };
        self.db.republish_lost(self.db.now() - span(patience)).await?;
        let before = self.db.now() - span(dispatch::PATIENCE);
        for task in self.db.unpublished_tasks(before, BATCH).await? {
            let job =
                Job { task: task.id, generation: task.generation, request_id: task.request_id };
            if !dispatch::publish(&self.db, &self.queue, job).await {
                break;
            }
        }
        Ok(())
    }

    /// Takes tasks from workers that stopped renewing, and publishes them again.
    pub(super) async fn lapse(&self) -> Result<()> {
        let retention = self.settings.retention;
        let lapsed = self.db.lapse_leases(self.db.now(), MAX_CRASHES, retention, BATCH).await?;
        for task in lapsed {
            tracing::warn!(task = task.id, crashes = task.crashes, "a worker left its task");
            metrics::counter!("leases_lapsed_total").increment(1);
            if task.status == Status::Uploaded {
                let job =
                    Job { task: task.id, generation: task.generation, request_id: task.request_id };
                dispatch::publish(&self.db, &self.queue, job).await;
            }
        }
        Ok(())
    }
}
