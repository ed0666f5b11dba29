//! Runs roles: opens the seams, starts each role's loops, and stops them together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use api::Server;
use converter::{Postman, Scratch, Settings, Sweeper, Worker};
use platform::config::Config;
use platform::monitor::{self, Listener, Monitor};
use platform::seams::Seams;
use platform::telemetry::{self, Metrics};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, Role};
use crate::{banner, check, signals};

/// Why the program can't run. Each message names the variable to set, where one is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the file .env can't be read: {0}")]
    DotEnv(dotenvy::Error),
    #[error("{0}")]
    Telemetry(#[from] telemetry::Error),
    #[error("{0}")]
    Seams(#[from] platform::seams::Error),
    #[error("{0}")]
    Scratch(#[from] converter::ScratchError),
    #[error("{0}")]
    Listener(#[from] monitor::ListenError),
    #[error("{0}")]
    Server(#[from] api::ServerError),
    #[error("what an earlier process left can't be taken up: {0}")]
    Recover(#[from] platform::db::Error),
    #[error("{0}")]
    System(#[from] std::io::Error),
    #[error(
        "QUEUE_URL: `{0}` is a queue inside one process, so no other can reach it; run \
             `soundmill` without a command"
    )]
    QueueNotShared(String),
    #[error("a part of the program failed: {0}")]
    Part(#[from] tokio::task::JoinError),
}

/// Runs until a signal, or until a role ends by itself, which only a failed one does; or tries the
/// seams. Returns the status to exit with.
pub(crate) fn run(cli: &Cli) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(Role::Check(options)) = &cli.role {
        return Ok(runtime.block_on(check::run(&cli.config, options))?);
    }
    let metrics = telemetry::start(&cli.config.log, cli.config.log_format)?;
    runtime.block_on(run_role(cli, metrics))?;
    Ok(ExitCode::SUCCESS)
}

async fn run_role(cli: &Cli, metrics: Metrics) -> Result<(), Error> {
    let config = &cli.config;
    if matches!(cli.role, Some(Role::Api | Role::Converter))
        && config.queue_url.starts_with("local")
    {
        return Err(Error::QueueNotShared(config.queue_url.clone()));
    }
    let stop = CancellationToken::new();
    signals::cancel_on_signal(stop.clone())?;
    let seams = Seams::open(config).await?;
    let result = match &cli.role {
        Some(Role::Migrate) => Ok(()),
        role => run_services(role.as_ref(), config, &seams, metrics, &stop).await,
    };
    seams.queue.close().await;
    seams.db.close().await;
    result
}

async fn run_services(
    role: Option<&Role>,
    config: &Config,
    seams: &Seams,
    metrics: Metrics,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut settings = Settings::from(config);
    if seams.db.is_embedded() {
        converter::recover(seams, &settings).await?;
    }
    let scratch = match role {
        Some(Role::Api) => None,
        _ => Some(Scratch::open(&config.scratch_dir())?),
    };
    let folder = scratch.as_ref().map(|scratch| scratch.path().to_owned());
    let monitor = Monitor::new(seams, metrics, folder);
    let listener = listen(role, config, &monitor, stop)?;
    settings.metrics_url = listener.as_ref().map(|listener| metrics_url(listener.address()));
    let mut parts = JoinSet::new();
    let mut url = config.public_url.clone();
    if role != Some(&Role::Converter) {
        let server = Server::bind(config, seams.clone(), monitor)?;
        let address = format!("http://{}", reachable(server.address()));
        settings.metrics_url.get_or_insert_with(|| metrics_url(server.address()));
        url.get_or_insert_with(|| address.clone());
        parts.spawn(server.run(stop.clone()));
        banner::print(&address);
    }
    if let Some(scratch) = scratch {
        let url = url.unwrap_or_else(|| format!("http://{}", reachable(config.listen)));
        parts.spawn(Worker::new(seams, scratch, settings.clone()).run(stop.clone()));
        parts.spawn(Sweeper::new(seams, settings).run(stop.clone()));
        parts.spawn(Postman::new(seams, &url).run(stop.clone()));
    }
    let end = CancellationToken::new();
    let watched = tokio::spawn(run_listener(listener, end.clone()));
    let result = supervise(parts, stop).await;
    end.cancel();
    result.and(watched.await.map_err(Error::from))
}

/// Where metrics are served beside the API: where it is said, and for a process without the API at
/// some port that others on this machine can reach.
fn listen(
    role: Option<&Role>,
    config: &Config,
    monitor: &Monitor,
    stop: &CancellationToken,
) -> Result<Option<Listener>, Error> {
    let default = (role == Some(&Role::Converter)).then_some((Ipv4Addr::LOCALHOST, 0).into());
    let Some(address) = config.metrics_listen.or(default) else { return Ok(None) };
    Ok(Some(Listener::bind(address, monitor.clone(), stop)?))
}

async fn run_listener(listener: Option<Listener>, end: CancellationToken) {
    if let Some(listener) = listener {
        listener.run(end).await;
    }
}

/// Where other machines find the metrics: under this one's name when it listens on all of its
/// addresses.
fn metrics_url(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => {
            format!("http://{}:{}/metrics", monitor::host(), address.port())
        }
        _ => format!("http://{address}/metrics"),
    }
}

/// Waits for every part. One that ends before it was asked to takes the others with it.
async fn supervise(mut parts: JoinSet<()>, stop: &CancellationToken) -> Result<(), Error> {
    let mut result = Ok(());
    while let Some(ended) = parts.join_next().await {
        stop.cancel();
        result = result.and(ended.map_err(Error::from));
    }
    result
}

/// The address by which this machine reaches itself when it listens on all of its addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
