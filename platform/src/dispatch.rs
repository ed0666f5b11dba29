//! Telling the queue of a task that may be claimed. The row is committed before; when the queue
//! does not take the message, the sweeper sends it later.

use std::time::Duration;

use crate::db::Db;
use crate::queue::{Job, Queue};

/// Longest wait for the queue's confirmation.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Publishes a task's message and records that the queue has it. Failures are logged here, since
/// they are nobody's to handle: the sweeper tries again. Returns whether the queue took it.
pub async fn publish(db: &Db, queue: &Queue, job: Job) -> bool {
    let (task, generation) = (job.task, job.generation);
    match tokio::time::timeout(PATIENCE, queue.publish(job)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(task, generation, %error, "a task's message was not taken");
            return false;
        }
        Err(_) => {
            tracing::warn!(task, generation, "the queue did not confirm a task's message in time");
            return false;
        }
    }
    if let Err(error) = db.mark_published(task, generation).await {
        tracing::warn!(task, generation, %error, "a confirmed message was not recorded");
    }
    true
}
