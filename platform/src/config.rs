//! The configuration: one struct, each field an environment variable and a command-line option.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use humantime::parse_duration;

/// Everything that can be set. Without a single variable, one process does everything on a laptop.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Folder of everything that is kept on this machine
    #[arg(long, env, default_value = "./data")]
    pub data_dir: PathBuf,

    /// Address to listen on
    #[arg(long, env, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Address under which people reach the service, for links in mails; by default that of LISTEN
    #[arg(long, env)]
    pub public_url: Option<String>,

    /// Database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`; by default
    /// soundmill.db in `DATA_DIR`
    #[arg(long, env, hide_env_values = true)]
    pub database_url: Option<String>,

    /// Queue: `local:` is inside this process, `amqp://USER:PASSWORD@HOST/VHOST?queue=NAME` is in
    /// `RabbitMQ`
    #[arg(long, env, default_value = "local:", hide_env_values = true)]
    pub queue_url: String,

    /// Bucket: `file:FOLDER`, `gs://BUCKET` or `s3://KEY:SECRET@BUCKET?endpoint=URL&region=REGION`;
    /// by default bucket in `DATA_DIR`
    #[arg(long, env, hide_env_values = true)]
    pub bucket_url: Option<String>,

    /// Whether clients read and write a bucket on a network themselves, by signed URLs; off where
    /// they can't reach it
    #[arg(long, env, default_value = "on", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::Set)]
    pub signed_urls: bool,

    /// How long an URL works by which a file is read from the bucket
    #[arg(long, env, default_value = "5m", value_parser = parse_duration)]
    pub signed_url_lifetime: Duration,

    /// Mail: `file:FOLDER` lays each mail down as a file; by default mail in `DATA_DIR`
    #[arg(long, env, hide_env_values = true)]
    pub mail_url: Option<String>,

    /// Sender of the mails
    #[arg(long, env, default_value = "Soundmill <no-reply@localhost>")]
    pub mail_from: String,

    /// Most connections to the database
    #[arg(long, env, default_value = "10")]
    pub database_pool_size: NonZeroU32,

    /// Longest wait for a free connection to the database
    #[arg(long, env, default_value = "5s", value_parser = parse_duration)]
    pub database_acquire_timeout: Duration,

    /// Threads that serve HTTP; by default one for each processor
    #[arg(long, env)]
    pub http_workers: Option<NonZeroUsize>,

    /// Proxies in front that append to X-Forwarded-For; 0 ignores that header
    #[arg(long, env, default_value = "0")]
    pub proxy_hops: usize,

    /// Largest upload
    #[arg(long, env, default_value = "4GiB")]
    pub max_upload_size: ByteSize,

    /// Longest time for one upload; keep it under the hour after which unfinished ones are collected
    #[arg(long, env, default_value = "30m", value_parser = parse_duration)]
    pub upload_timeout: Duration,

    /// Longest silence within an upload
    #[arg(long, env, default_value = "30s", value_parser = parse_duration)]
    pub upload_idle_timeout: Duration,

    /// Uploads of one user at a time
    #[arg(long, env, default_value = "4")]
    pub max_uploads_per_user: usize,

    /// Unfinished tasks of one user
    #[arg(long, env, default_value = "1000")]
    pub max_waiting_tasks_per_user: usize,

    /// Waiting tasks of all users, beyond which new ones are refused
    #[arg(long, env, default_value = "100000")]
    pub max_queue_depth: usize,

    /// Requests of one user, or of one address without a login, in a minute
    #[arg(long, env, default_value = "1200")]
    pub requests_per_minute: NonZeroU32,

    /// Attempts to sign up or log in from one address in a minute
    #[arg(long, env, default_value = "60")]
    pub logins_per_minute: NonZeroU32,

    /// Secret that signs tokens and links, at least 32 bytes, the same for every process; by
    /// default made at the first start and kept in `DATA_DIR`
    #[arg(long, env, hide_env_values = true)]
    pub jwt_secret: Option<String>,

    /// How long a login lasts
    #[arg(long, env, default_value = "24h", value_parser = parse_duration)]
    pub token_lifetime: Duration,

    /// Rule for new passwords
    #[arg(long, env, default_value = "default")]
    pub password_policy: PasswordPolicy,

    /// Passwords hashed at a time, 19 MiB of memory each; by default one for each processor
    #[arg(long, env)]
    pub max_password_hashes: Option<NonZeroUsize>,

    /// How long files are kept after their conversion ended
    #[arg(long, env, default_value = "7d", value_parser = parse_duration)]
    pub retention: Duration,

    /// Conversions at a time; by default one for each processor
    #[arg(long, env)]
    pub converter_slots: Option<NonZeroUsize>,

    /// Longest time for one conversion
    #[arg(long, env, default_value = "20m", value_parser = parse_duration)]
    pub job_timeout: Duration,

    /// Longest audio that is converted
    #[arg(long, env, default_value = "24h", value_parser = parse_duration)]
    pub max_audio_duration: Duration,

    /// How long a converter may be silent before its tasks are given to another
    #[arg(long, env, default_value = "15s", value_parser = parse_duration)]
    pub lease: Duration,

    /// Time between two looks for work that got lost
    #[arg(long, env, default_value = "1s", value_parser = parse_duration)]
    pub sweep_interval: Duration,

    /// Length of an observation period, in whole seconds
    #[arg(long, env, default_value = "60s", value_parser = parse_period)]
    pub observation_period: Duration,

    /// Folder for files that are being converted; by default scratch in `DATA_DIR`
    #[arg(long, env)]
    pub scratch_dir: Option<PathBuf>,

    /// Time after a signal to stop in which requests are still taken though the process is not ready
    /// any more: for a load balancer to notice
    #[arg(long, env, default_value = "0s", value_parser = parse_duration)]
    pub drain_delay: Duration,

    /// Time to finish what runs after a signal to stop
    #[arg(long, env, default_value = "25s", value_parser = parse_duration)]
    pub shutdown_grace: Duration,

    /// Address for /metrics, /alive and /ready alone; by default a free port of 127.0.0.1 for a
    /// converter, and none where the API has them
    #[arg(long, env)]
    pub metrics_listen: Option<SocketAddr>,

    /// What is logged: error, warn, info, debug or trace, or such a level by module
    #[arg(long, env, default_value = "info")]
    pub log: String,

    /// Form of the log: text, json, or auto, which is text on a terminal
    #[arg(long, env, default_value = "auto")]
    pub log_format: LogFormat,
}

/// Rule for new passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PasswordPolicy {
    /// 8 to 128 characters
    Default,
    /// 5 to 20 characters with a lower-case letter, an upper-case letter, a digit and one of $#@
    Legacy,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere
    Auto,
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl Config {
    /// URL of the database.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.or_in_data(self.database_url.as_deref(), "sqlite", "soundmill.db")
    }

    /// URL of the bucket.
    #[must_use]
    pub fn bucket_url(&self) -> String {
        self.or_in_data(self.bucket_url.as_deref(), "file", "bucket")
    }

    /// URL of the mail system.
    #[must_use]
    pub fn mail_url(&self) -> String {
        self.or_in_data(self.mail_url.as_deref(), "file", "mail")
    }

    /// Folder for files that are being converted.
    #[must_use]
    pub fn scratch_dir(&self) -> PathBuf {
        self.scratch_dir.clone().unwrap_or_else(|| self.data_dir.join("scratch"))
    }

    /// Conversions at a time.
    #[must_use]
    pub fn converter_slots(&self) -> usize {
        self.converter_slots.map_or_else(processors, NonZeroUsize::get)
    }

    /// Passwords hashed at a time.
    #[must_use]
    pub fn max_password_hashes(&self) -> usize {
        self.max_password_hashes.map_or_else(processors, NonZeroUsize::get)
    }

    /// Threads that serve HTTP.
    #[must_use]
    pub fn http_workers(&self) -> usize {
        self.http_workers.map_or_else(processors, NonZeroUsize::get)
    }

    fn or_in_data(&self, url: Option<&str>, scheme: &str, name: &str) -> String {
        match url {
            Some(url) => url.to_owned(),
            None => format!("{scheme}:{}", self.data_dir.join(name).display()),
        }
    }
}

fn parse_period(text: &str) -> Result<Duration, String> {
    let period = parse_duration(text).map_err(|error| error.to_string())?;
    let is_allowed = (1..=3600).contains(&period.as_secs()) && period.subsec_nanos() == 0;
    is_allowed.then_some(period).ok_or_else(|| "whole seconds, from 1s to 1h".to_owned())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
