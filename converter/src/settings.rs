//! What of the configuration concerns this tier.

use std::time::Duration;

use platform::config::Config;

/// How converters and sweepers behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Conversions at a time.
    pub slots: usize,
    /// How long a claim holds unless renewed.
    pub lease: Duration,
    /// Longest time for one conversion.
    pub job_timeout: Duration,
    /// Longest audio.
    pub max_audio: Duration,
    /// How long files are kept after a task ended.
    pub retention: Duration,
    /// Time between two sweeps.
    pub sweep_interval: Duration,
    /// Length of an observation period, in whole seconds.
    pub observation_period: Duration,
    /// Where the metrics of this process are, for those who look for its converter.
    pub metrics_url: Option<String>,
    /// Time to finish running conversions after the signal to stop.
    pub grace: Duration,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            slots: config.converter_slots(),
            lease: config.lease,
            job_timeout: config.job_timeout,
            max_audio: config.max_audio_duration,
            retention: config.retention,
            sweep_interval: config.sweep_interval,
            observation_period: config.observation_period,
            metrics_url: None,
            grace: config.shutdown_grace,
        }
    }
}
