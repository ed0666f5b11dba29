//! A small HTTP server for machines: `/metrics`, `/alive` and `/ready`, answered as the API does.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer, Resource};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Monitor, PAGE_TYPE};
use crate::problem::{self, ProblemBody};

/// Longest time for a client to send a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(5);

/// Most connections at a time; scrapers and probes are few.
const CONNECTIONS: usize = 64;

/// Seconds after which it is worth asking again.
const RETRY_AFTER: &str = "5";

/// The address can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("METRICS_LISTEN: {0} can't be listened on: {1}")]
pub struct ListenError(SocketAddr, io::Error);

/// The server, bound to its address.
pub struct Listener {
    address: SocketAddr,
    server: Server,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

struct State {
    monitor: Monitor,
    /// Cancelled when the process is to stop.
    stopping: CancellationToken,
}

impl Listener {
    /// Binds the address. It says that the process is not ready once `stopping` is cancelled.
    ///
    /// # Errors
    /// When the address can't be listened on; the message names the variable.
    pub fn bind(
        address: SocketAddr,
        monitor: Monitor,
        stopping: &CancellationToken,
    ) -> Result<Self, ListenError> {
        let state = Data::new(State { monitor, stopping: stopping.clone() });
        let app = move || App::new().app_data(state.clone()).configure(routes);
        let server = HttpServer::new(app)
            .workers(1)
            .max_connections(CONNECTIONS)
            .client_request_timeout(HEAD_PATIENCE)
            .shutdown_timeout(1)
            .disable_signals()
            .bind(address)
            .map_err(|error| ListenError(address, error))?;
        let bound = server.addrs().first().copied().unwrap_or(address);
        Ok(Self { address: bound, server: server.run() })
    }

    /// The address that it listens on; the port is the real one where port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `end` is cancelled, which is later than the process is asked to stop: its last
    /// work is worth watching.
    pub async fn run(self, end: CancellationToken) {
        info!(address = %self.address, "metrics are served");
        let handle = self.server.handle();
        let ending = tokio::spawn(async move {
            end.cancelled().await;
            handle.stop(true).await;
        });
        if let Err(error) = self.server.await {
            warn!(%error, "the server of metrics ended with an error");
        }
        ending.abort();
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(read_only("/metrics").get(metrics).head(metrics))
        .service(read_only("/alive").get(alive).head(alive))
        .service(read_only("/ready").get(ready).head(ready))
        .default_service(web::to(nothing_here));
}

fn read_only(path: &str) -> Resource {
    web::resource(path).default_service(web::to(wrong_method))
}

async fn metrics(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().content_type(PAGE_TYPE).body(state.monitor.page().await)
}

async fn alive(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.monitor.alive())
}

async fn ready(state: Data<State>) -> HttpResponse {
    match state.monitor.ready(state.stopping.is_cancelled()).await {
        Ok(ready) => HttpResponse::Ok().json(ready),
        Err(unready) => {
            let body = problem(UNREADY, unready.detail).with("checks", unready.checks);
            HttpResponse::ServiceUnavailable()
                .insert_header((header::RETRY_AFTER, RETRY_AFTER))
                .content_type(problem::MEDIA_TYPE)
                .json(body)
        }
    }
}

/// The kinds of problem that this server knows, as the API tells of them: status, code, title.
type Kind = (StatusCode, &'static str, &'static str);

const UNREADY: Kind = (StatusCode::SERVICE_UNAVAILABLE, "unready", "Not ready");
const NOT_FOUND: Kind = (StatusCode::NOT_FOUND, "not_found", "Not found");
const WRONG_METHOD: Kind =
    (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed");

fn problem((status, code, title): Kind, detail: &str) -> ProblemBody {
    ProblemBody::new(status.as_u16(), code, title, detail)
}

async fn nothing_here() -> HttpResponse {
    let body = problem(NOT_FOUND, "There are /metrics, /alive and /ready.");
    HttpResponse::NotFound().content_type(problem::MEDIA_TYPE).json(body)
}

async fn wrong_method() -> HttpResponse {
    let body = problem(WRONG_METHOD, "This address takes GET, HEAD.");
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .content_type(problem::MEDIA_TYPE)
        .json(body)
}
