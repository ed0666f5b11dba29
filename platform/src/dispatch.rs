//! Telling the queue of a task that may be claimed. The row is committed before; when the queue
//! does not take the message, the sweeper sends it later.

use std::time::Duration;

use crate::db::Db;
use crate::queue::{Job, Queue};

/// Longest wait for the queue's confirmation.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Publishes the message of a task that counts as published already. When the queue does not take
/// it, that is logged and recorded here, since it is nobody's to handle: the sweeper tries again.
/// Returns whether the queue took it.
pub async fn publish(db: &Db, queue: &Queue, job: Job) -> bool {
    let (task, generation) = (job.task, job.generation);
    match tokio::time::timeout(PATIENCE, queue.publish(job)).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => {
            tracing::warn!(task, generation, %error, "a task's message was not taken");
        }
        Err(_) => {
            tracing::warn!(task, generation, "the queue did not confirm a task's message in time");
        }
    }
    if let Err(error) = db.unpublish(task, generation).await {
        // Then it counts as lost when the queue is empty and it still waits.
        tracing::warn!(task, generation, %error, "a missing message was not recorded");
    }
    false
}
