//! Tasks whose message is missing, and tasks whose worker is.

use std::time::{Duration, Instant};

use platform::db::Result;
use platform::dispatch;
use platform::queue::Job;
use platform::task::Status;

use super::{BATCH, MAX_CRASHES, Sweeper, span};

/// How long a task may wait although its message was sent and the queue is empty: someone holds
/// that message, or it is lost.
const LOST_WHEN_EMPTY: Duration = Duration::from_secs(10);
/// How long it may wait at all before its message is sent once more.
const LOST: Duration = Duration::from_hours(1);
/// How long one sweep publishes; the next one goes on.
const PUBLISHING: Duration = Duration::from_secs(2);

impl Sweeper {
    /// Publishes tasks whose message is missing.
    pub(super) async fn publish_waiting(&self) -> Result<()> {
        // A broker that is away may hold any number.
        let is_empty = matches!(self.queue.depth().await, Ok(0));
        let patience = if is_empty { LOST_WHEN_EMPTY } else { LOST };
        self.db.republish_lost(self.db.now() - span(patience), BATCH).await?;
        let start = Instant::now();
        while start.elapsed() < PUBLISHING {
            let (time, taken) = self.db.take_unpublished(BATCH).await?;
            let count = taken.len();
            for task in taken {
                let job =
                    Job { task: task.id, generation: task.generation, request_id: task.request_id };
                if !dispatch::publish(&self.db, &self.queue, job).await {
                    return self.db.unpublish_taken(time).await;
                }
            }
            if i64::try_from(count).unwrap_or(BATCH) < BATCH {
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
