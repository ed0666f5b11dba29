//! What the system says of this process and of the control group that it runs in. Where the system
//! says nothing, the metric is missing.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use rustix::time::{ClockId, clock_gettime};

use super::cgroup::ControlGroup;
use crate::clock;
use crate::telemetry::{Kind, METRICS};

/// One measured value.
type Sample = (&'static str, f64);

/// When the process was first looked at, in seconds since 1970.
static STARTED: LazyLock<f64> = LazyLock::new(|| seconds(clock::now().timestamp_micros()));

/// Remembers when the process started.
pub(super) fn remember_start() {
    LazyLock::force(&STARTED);
}

/// The lines of the page. They are written here and not counted by the recorder, whose counters
/// know whole numbers only.
pub(super) fn render() -> String {
    let group = ControlGroup::find(Path::new("/sys/fs/cgroup"), Path::new("/proc/self/cgroup"));
    let mut samples = process();
    samples.push(("cpu_limit_cores", cpu_limit(&group)));
    samples.extend(group.samples());
    lines(&samples)
}

fn lines(samples: &[Sample]) -> String {
    let mut text = String::new();
    for (name, value) in samples {
        let metric = METRICS.iter().find(|metric| metric.name == *name);
        let Some(metric) = metric.filter(|_| value.is_finite()) else { continue };
        let kind = if metric.kind == Kind::Counter { "counter" } else { "gauge" };
        // Writing to a text can't fail.
        let _ =
            writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}\n{name} {value}\n", metric.help);
    }
    text
}

fn process() -> Vec<Sample> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = i32::try_from(time.tv_nsec).unwrap_or(0);
    let cpu = seconds(time.tv_sec.saturating_mul(1_000_000)) + f64::from(nanoseconds) / 1e9;
    let mut samples =
        vec![("process_cpu_seconds_total", cpu), ("process_start_time_seconds", *STARTED)];
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = word(&status, "VmRSS:").map(|kibibytes: f64| kibibytes * 1024.0);
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let others = [
        ("process_resident_memory_bytes", memory),
        ("process_threads", word(&status, "Threads:")),
        ("process_open_fds", open_files()),
        ("process_max_fds", word(&limits, "Max open files")),
    ];
    samples.extend(others.into_iter().filter_map(|(name, value)| Some((name, value?))));
    samples
}

/// Processors that the process may use: those that it is bound to, or less when a quota says so.
fn cpu_limit(group: &ControlGroup) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask: Option<String> = word(&status, "Cpus_allowed:");
    let processors = |mask: String| {
        mask.chars().filter_map(|digit| digit.to_digit(16)).map(u32::count_ones).sum::<u32>()
    };
    let bound = mask.map(processors);
    let all = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let bound = bound.unwrap_or_else(|| u32::try_from(all()).unwrap_or(u32::MAX));
    let bound = f64::from(bound);
    group.cpu_quota().map_or(bound, |quota| quota.min(bound))
}

/// The one that counts is open as well.
fn open_files() -> Option<f64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    u32::try_from(count).ok().map(f64::from)
}

/// The first word after a label, in a text of one label a line.
fn word<T: std::str::FromStr>(text: &str, label: &str) -> Option<T> {
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
fn seconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(page: &str, name: &str) -> f64 {
        word(page, &format!("{name} ")).unwrap_or_else(|| panic!("{name} in {page}"))
    }

    #[test]
    fn the_process_says_what_it_uses() {
        remember_start();
        let page = render();
        assert!(value(&page, "process_resident_memory_bytes") > 1e6);
        assert!(value(&page, "process_threads") >= 1.0);
        assert!(value(&page, "process_open_fds") >= 3.0);
        assert!(value(&page, "process_max_fds") >= value(&page, "process_open_fds"));
        assert!(value(&page, "process_start_time_seconds") > 1.7e9);
        assert!(value(&page, "cpu_limit_cores") > 0.0);
        let before = value(&page, "process_cpu_seconds_total");
        let work = (0..3_000_000_u64).map(std::hint::black_box).fold(0, u64::wrapping_add);
        assert!(std::hint::black_box(work) > 0);
        assert!(value(&render(), "process_cpu_seconds_total") > before);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(lines(&[("process_threads", f64::NAN)]), "");
        assert_eq!(
            lines(&[("process_threads", 4.0)]),
            "# HELP process_threads Threads of the process.\n\
             # TYPE process_threads gauge\nprocess_threads 4\n\n"
        );
    }
}
