//! Logs and metrics: set up once at the start, used everywhere through `tracing` and `metrics`.

mod catalogue;

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

pub use catalogue::{Kind, METRICS, Metric};

use crate::config::LogFormat;

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: [f64; 14] =
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 600.0, 1200.0];

/// Time between two rounds of sorting measurements into the histograms.
const UPKEEP: Duration = Duration::from_secs(5);

/// Libraries whose lines are of no use to operators unless asked for: the HTTP one writes an error
/// for whatever bytes a stranger sends, and the decoders tell of every file.
const QUIET: &str = "actix_http=off,actix_server=warn,symphonia=warn";

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is not one.
    #[error("LOG: {0}")]
    Filter(#[from] ParseError),
    /// The metrics could not be set up.
    #[error("metrics can't be collected: {0}")]
    Metrics(#[from] BuildError),
    /// The system refused a thread.
    #[error("metrics can't be collected: {0}")]
    Thread(std::io::Error),
}

/// The page of metrics.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// What this process counted, as Prometheus reads it (text exposition format 0.0.4).
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// Starts logging to standard error and collecting metrics, for the whole process.
///
/// # Errors
/// When the filter can't be read or metrics are already collected.
pub fn start(filter: &str, format: LogFormat) -> Result<Metrics, Error> {
    let json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let registry =
        tracing_subscriber::registry().with(EnvFilter::try_new(format!("{QUIET},{filter}"))?);
    let lines = fmt::layer().with_writer(std::io::stderr);
    if json {
        registry.with(lines.json().flatten_event(true).with_span_list(false)).init();
    } else {
        registry.with(lines.compact().with_ansi(std::io::stderr().is_terminal())).init();
    }
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?;
    let handle = builder.install_recorder()?;
    catalogue::describe();
    metrics::gauge!("soundmill_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    keep_up(handle.clone())?;
    Ok(Metrics { handle })
}

/// Sorts what was measured into the histograms now and then. Until that is done every single
/// measurement is kept, so where nobody asks for the page of metrics, memory would grow for ever.
fn keep_up(handle: PrometheusHandle) -> Result<(), Error> {
    let keep_up = move || {
        loop {
            std::thread::sleep(UPKEEP);
            handle.run_upkeep();
        }
    };
    std::thread::Builder::new().name("metrics".into()).spawn(keep_up).map_err(Error::Thread)?;
    Ok(())
}
