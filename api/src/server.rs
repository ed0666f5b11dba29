//! The server, from its socket to its end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use platform::config::Config;
use platform::monitor::Monitor;
use platform::seams::Seams;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::state::{Shared, State};
use crate::{limits, request, routes};

/// Longest time for a client to send the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// How long an answer that came before the end of an upload waits for the client to read it.
const LINGER: Duration = Duration::from_secs(5);

/// Longer than the proxies in front keep a connection, so that it is them who close it.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Time between two looks for what the limits can forget.
const TIDY_INTERVAL: Duration = Duration::from_mins(1);

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address can't be listened on.
    #[error("LISTEN: {0} can't be listened on: {1}")]
    Listen(SocketAddr, io::Error),
}

/// The HTTP tier, bound to its address.
pub struct Server {
    address: SocketAddr,
    state: State,
    actix: actix_web::dev::Server,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the address in the configuration. Connections are answered once it [runs](Self::run).
    ///
    /// # Errors
    /// When the address can't be listened on; the message names the variable.
    ///
    /// # Panics
    /// Outside of a tokio runtime, which must live as long as the server.
    pub fn bind(config: &Config, seams: Seams, monitor: Monitor) -> Result<Self, ServerError> {
        let refused = |error| ServerError::Listen(config.listen, error);
        let state = Data::new(Shared::new(config, seams, monitor));
        let (address, actix) = serve(config, &state).map_err(refused)?;
        Ok(Self { address, state, actix })
    }

    /// The address that it listens on; the port is the real one where port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is cancelled. Then it says that it is not ready, goes on for as long as
    /// those in front need to notice, takes no more connections, and ends when the running requests
    /// have ended or their time is over.
    pub async fn run(self, stop: CancellationToken) {
        let Self { state, actix, .. } = self;
        let handle = actix.handle();
        let tidying = tokio::spawn(tidy(state.clone()));
        let stopping = tokio::spawn(end(state.clone(), handle, stop));
        if let Err(error) = actix.await {
            warn!(%error, "the server ended with an error");
        }
        tidying.abort();
        stopping.abort();
        state.rest().await;
        info!("the server has ended");
    }
}

fn serve(config: &Config, state: &State) -> io::Result<(SocketAddr, actix_web::dev::Server)> {
    let state = state.clone();
    let app = move || {
        App::new()
            .app_data(state.clone())
            .configure(routes::register)
            // Each wraps those before it.
            .wrap(from_fn(limits::count))
            .wrap(from_fn(request::farewell::say))
            .wrap(from_fn(request::observe::record))
            .wrap(from_fn(request::unread::hold))
    };
    let grace =
        config.shutdown_grace.as_secs() + u64::from(config.shutdown_grace.subsec_nanos() > 0);
    let server = HttpServer::new(app)
        .workers(config.http_workers())
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_PATIENCE)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(grace)
        // Signals belong to the program, not to one of its roles.
        .disable_signals()
        .bind(config.listen)?;
    let address = server.addrs().first().copied().unwrap_or(config.listen);
    Ok((address, server.run()))
}

async fn end(state: State, handle: ServerHandle, stop: CancellationToken) {
    stop.cancelled().await;
    state.stop.cancel();
    tokio::time::sleep(state.config.drain_delay).await;
    handle.stop(true).await;
}

async fn tidy(state: State) {
    let mut interval = tokio::time::interval(TIDY_INTERVAL);
    loop {
        interval.tick().await;
        state.limits.forget_the_quiet();
    }
}
