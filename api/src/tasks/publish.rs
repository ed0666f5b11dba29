//! Telling the converters of a task. Whatever fails here, the sweeper makes good.

use std::time::Duration;

use platform::queue::Job;
use platform::seams::Seams;
use platform::task::Task;
use tracing::warn;

/// Longest wait for the queue's confirmation; the client waits as well.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends the hint to the queue, and records that the queue has it.
pub(super) async fn publish(seams: &Seams, task: &Task) {
    let job =
        Job { task: task.id, generation: task.generation, request_id: task.request_id.clone() };
    let id = task.id;
    match tokio::time::timeout(PATIENCE, seams.queue.publish(job)).await {
        Ok(Ok(())) => {
            if let Err(error) = seams.db.mark_published(id, task.generation).await {
                warn!(task = id, %error, "published but not marked; it will be published again");
            }
        }
        Ok(Err(error)) => warn!(task = id, %error, "not published yet; the sweeper will"),
        Err(_) => warn!(task = id, "not confirmed in time; the sweeper will publish again"),
    }
}
