//! The record of every conversion: its line in the log, its metrics, and what it cost.

use std::time::Duration;

use platform::task::Task;

use super::Shared;
use super::conversion::Converted;
use crate::failure::Failure;

/// Records a conversion that ended after `time` in its slot.
pub(super) fn record(
    shared: &Shared,
    task: &Task,
    result: &Result<Converted, Failure>,
    time: Duration,
) {
    let target = task.new_format.name();
    let (outcome, source) = match result {
        Ok(converted) => ("processed", converted.outcome.source_format.as_str()),
        Err(failure) => (failure.name(), UNKNOWN),
    };
    let source = source.to_owned();
    metrics::counter!("conversions_total", "source" => source.clone(), "target" => target,
        "outcome" => outcome)
    .increment(1);
    metrics::histogram!("conversion_duration_seconds", "source" => source.clone(),
        "target" => target)
    .record(time.as_secs_f64());
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(converted) => {
            metrics::histogram!("conversion_audio_seconds", "source" => source, "target" => target)
                .record(converted.outcome.duration_seconds);
            shared.costs.add(task, converted, time);
            tracing::info!(target_format = target, milliseconds, "converted");
        }
        Err(failure) => {
            tracing::warn!(target_format = target, milliseconds, outcome, %failure, "not converted");
        }
    }
}

/// Records the processor time of a conversion of an upload in which `source` was found, if
/// anything.
pub(super) fn record_cpu(source: Option<&str>, target: &'static str, time: Duration) {
    let source = source.unwrap_or(UNKNOWN).to_owned();
    metrics::histogram!("conversion_cpu_seconds", "source" => source, "target" => target)
        .record(time.as_secs_f64());
}

/// The source of a conversion that failed: only a receipt tells it.
const UNKNOWN: &str = "unknown";
