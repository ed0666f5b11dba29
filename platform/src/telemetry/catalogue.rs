//! Every metric of the program: its kind, its unit, its labels and what it means. What is not
//! listed here may not be on a page; docs/OPERATIONS.md is tested to list the same.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only rises, from the start of the process.
    Counter,
    /// Rises and falls. `NaN` says that it could not be measured.
    Gauge,
    /// Counts measurements by their size.
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name on the page.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What one of it is.
    pub unit: &'static str,
    /// Its labels. Each has few values, whatever clients send.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

const PAIR: &[&str] = &["source", "target"];

/// Every metric, in the order in which the documentation lists them.
pub const METRICS: &[Metric] = &[
    gauge("soundmill_build_info", "1", &["version"], "Version of the program that runs."),
    // Requests.
    counter(
        "http_requests_total",
        "requests",
        &["route", "method", "status"],
        "Requests answered, by pattern of the address.",
    ),
    histogram(
        "http_request_duration_seconds",
        "seconds",
        &["route", "method"],
        "From the head of a request to the head of its answer.",
    ),
    gauge("http_requests_in_flight", "requests", &[], "Requests whose answer is not out yet."),
    counter("upload_bytes_total", "bytes", &[], "Bytes of files received from clients."),
    counter("download_bytes_total", "bytes", &[], "Bytes of files sent to clients."),
    // What waits.
    gauge("queue_ready_messages", "messages", &[], "Messages that no converter has taken yet."),
    gauge(
        "queue_unacked_messages",
        "messages",
        &[],
        "Messages that this process took and has not acknowledged; add up all processes.",
    ),
    gauge("tasks_waiting", "tasks", &[], "Tasks that wait for a converter."),
    gauge("tasks_running", "tasks", &[], "Tasks that converters hold."),
    gauge(
        "tasks_oldest_waiting_seconds",
        "seconds",
        &[],
        "How long the longest waiting task could have been claimed; 0 when none waits.",
    ),
    gauge(
        "tasks_waiting_cpu_seconds",
        "seconds",
        &[],
        "Processor time that the waiting tasks are expected to take.",
    ),
    gauge(
        "tasks_waiting_slot_seconds",
        "seconds",
        &[],
        "Time in slots that the waiting tasks are expected to take.",
    ),
    gauge("tasks_unpublished", "tasks", &[], "Waiting tasks of which the queue was not told."),
    gauge(
        "tasks_oldest_unpublished_seconds",
        "seconds",
        &[],
        "How long the queue was not told of a task; 0 when it knows of all.",
    ),
    gauge("mails_unsent", "mails", &[], "Mails in the outbox."),
    gauge(
        "mails_oldest_unsent_seconds",
        "seconds",
        &[],
        "How long the oldest mail in the outbox has been due; 0 when it is empty.",
    ),
    // Converters.
    gauge("converters_alive", "processes", &[], "Converters heard of in the last 30 seconds."),
    gauge("converters_slots", "conversions", &[], "Conversions that they run at once, together."),
    gauge("conversion_slots", "conversions", &[], "Conversions that this process runs at once."),
    gauge("conversions_running", "conversions", &[], "Conversions that this process runs now."),
    counter(
        "conversions_total",
        "conversions",
        &["source", "target", "outcome"],
        "Conversions that ended in this process: `processed`, or by what they failed.",
    ),
    histogram(
        "conversion_duration_seconds",
        "seconds",
        PAIR,
        "From the claim to the stored result, waiting for other parts included.",
    ),
    histogram(
        "conversion_cpu_seconds",
        "seconds",
        PAIR,
        "Processor time of a conversion's own thread, however it ended.",
    ),
    histogram(
        "conversion_audio_seconds",
        "seconds",
        PAIR,
        "Length of the audio of conversions that ended well.",
    ),
    counter("converter_fetched_bytes_total", "bytes", &[], "Bytes of uploads fetched to convert."),
    counter("converter_stored_bytes_total", "bytes", &[], "Bytes of results stored."),
    counter(
        "conversion_retries_total",
        "tasks",
        &[],
        "Tasks given back to be tried again later, after a failure that is not the file's.",
    ),
    counter(
        "conversion_releases_total",
        "tasks",
        &["reason"],
        "Tasks given back without counting the attempt: `stopped` or `no_room`.",
    ),
    counter(
        "leases_lapsed_total",
        "tasks",
        &[],
        "Tasks that this process took from converters which fell silent.",
    ),
    counter(
        "mails_total",
        "mails",
        &["outcome"],
        "Mails settled: `sent`, `void`, `delayed` or `failed`.",
    ),
    // Parts.
    gauge("database_up", "1 or 0", &[], "Whether the database answered for this page."),
    gauge(
        "database_connections",
        "connections",
        &["state"],
        "Connections to the database: `idle` or `busy`.",
    ),
    gauge("database_connections_limit", "connections", &[], "Most connections that may be open."),
    gauge(
        "database_acquire_seconds",
        "seconds",
        &[],
        "How long this page waited for a connection to the database.",
    ),
    gauge("queue_up", "1 or 0", &[], "Whether the queue answered for this page."),
    counter(
        "queue_published_total",
        "messages",
        &["outcome"],
        "Messages published: `confirmed`, or by why the queue did not take them.",
    ),
    counter(
        "queue_deliveries_total",
        "messages",
        &["redelivered"],
        "Messages received from the broker: `redelivered` when not for the first time.",
    ),
    counter(
        "queue_garbage_total",
        "messages",
        &[],
        "Messages received from the broker that held no job.",
    ),
    counter("queue_disconnects_total", "connections", &[], "Connections to the broker that broke."),
    // The process and its container.
    counter("process_cpu_seconds_total", "seconds", &[], "Processor time of the process."),
    gauge("process_resident_memory_bytes", "bytes", &[], "Memory of the process."),
    gauge("process_open_fds", "files", &[], "Files and sockets that are open."),
    gauge("process_max_fds", "files", &[], "Most files and sockets that may be open."),
    gauge("process_threads", "threads", &[], "Threads of the process."),
    gauge("process_start_time_seconds", "seconds", &[], "When it started, since 1970 in UTC."),
    gauge(
        "cpu_limit_cores",
        "processors",
        &[],
        "Processors that the process may use: those it is bound to, or less by a quota.",
    ),
    counter("cgroup_cpu_seconds_total", "seconds", &[], "Processor time of the control group."),
    counter(
        "cgroup_cpu_throttled_seconds_total",
        "seconds",
        &[],
        "How long the control group was held back by its quota.",
    ),
    gauge("cgroup_memory_bytes", "bytes", &[], "Memory of the control group."),
    gauge("cgroup_memory_limit_bytes", "bytes", &[], "Most memory that the control group may use."),
];

const fn metric(
    kind: Kind,
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, help }
}

const fn counter(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(Kind::Counter, name, unit, labels, help)
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(Kind::Gauge, name, unit, labels, help)
}

const fn histogram(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(Kind::Histogram, name, unit, labels, help)
}

/// Tells the recorder what each metric means, and starts the counters without labels, so that
/// their first step is seen as one.
pub(super) fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, unit(metric), metric.help),
            Kind::Gauge => describe_gauge!(metric.name, unit(metric), metric.help),
            Kind::Histogram => describe_histogram!(metric.name, unit(metric), metric.help),
        }
        let measured = metric.name.starts_with("process_") || metric.name.starts_with("cgroup_");
        if metric.kind == Kind::Counter && metric.labels.is_empty() && !measured {
            metrics::counter!(metric.name).increment(0);
        }
    }
}

fn unit(metric: &Metric) -> Unit {
    match metric.unit {
        "seconds" => Unit::Seconds,
        "bytes" => Unit::Bytes,
        _ => Unit::Count,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_say_their_unit_and_counters_that_they_are() {
        for metric in METRICS {
            let base = metric.name.strip_suffix("_total").unwrap_or(metric.name);
            assert_eq!(metric.kind == Kind::Counter, base != metric.name, "{}", metric.name);
            for unit in ["seconds", "bytes"] {
                assert_eq!(metric.unit == unit, base.ends_with(unit), "{}", metric.name);
            }
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
        let names: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len());
    }

    #[test]
    fn the_page_for_operators_lists_every_metric_with_kind_unit_labels_and_meaning() {
        let page = include_str!("../../../docs/OPERATIONS.md");
        let (_, table) = page.split_once("## Metrics").expect("the section");
        let (table, _) = table.split_once("\n## ").unwrap_or((table, ""));
        let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<_> = METRICS.iter().map(row).collect();
        assert_eq!(rows, expected);
    }

    fn row(metric: &Metric) -> String {
        let kind = format!("{:?}", metric.kind).to_lowercase();
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
        format!("| `{}` | {kind} | {} | {labels} | {} |", metric.name, metric.unit, metric.help)
    }
}
