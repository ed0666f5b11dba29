//! Telling the converters of a task. Whatever fails here, the sweeper makes good.

use platform::dispatch;
use platform::queue::Job;
use platform::seams::Seams;
use platform::task::Task;

/// Sends the hint to the queue, and records that the queue has it.
pub(super) async fn publish(seams: &Seams, task: &Task) {
    let job =
        Job { task: task.id, generation: task.generation, request_id: task.request_id.clone() };
    dispatch::publish(&seams.db, &seams.queue, job).await;
}
