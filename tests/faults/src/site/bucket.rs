//! Google Cloud Storage's emulator, with a proxy in front that answers with errors and spoils what
//! is read.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use actix_web::http::{Method, StatusCode};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::{Bytes, BytesMut};

use crate::Result;

/// How the proxy treats requests, of a hundred each.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    /// So many are answered with 503.
    pub(crate) errors: AtomicU8,
    /// So many reads have a byte changed.
    pub(crate) spoiled: AtomicU8,
    /// So many reads are cut short.
    pub(crate) cut: AtomicU8,
}

impl Weather {
    pub(crate) fn set(&self, errors: u8, spoiled: u8, cut: u8) {
        self.errors.store(errors, Ordering::Relaxed);
        self.spoiled.store(spoiled, Ordering::Relaxed);
        self.cut.store(cut, Ordering::Relaxed);
    }
}

/// A proxy in front of the emulator, for one process.
#[derive(Debug)]
pub(crate) struct BucketProxy {
    pub(crate) address: SocketAddr,
    /// Where the process finds it, so that addresses which the emulator hands out lead there.
    pub(crate) seen_at: Arc<OnceLock<SocketAddr>>,
}

/// Starts a proxy in front of `emulator`.
pub(crate) fn start(emulator: SocketAddr, weather: Arc<Weather>) -> Result<BucketProxy> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let seen_at = Arc::<OnceLock<SocketAddr>>::default();
    let shared = web::Data::new(Way { emulator, seen_at: Arc::clone(&seen_at), weather, http });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(64 << 20))
            .default_service(web::to(forward))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    Ok(BucketProxy { address, seen_at })
}

/// What is on the way of each request.
struct Way {
    emulator: SocketAddr,
    seen_at: Arc<OnceLock<SocketAddr>>,
    weather: Arc<Weather>,
    http: reqwest::Client,
}

async fn forward(request: HttpRequest, body: Bytes, way: web::Data<Way>) -> HttpResponse {
    let weather = &way.weather;
    if happens(&weather.errors) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    match pass(&request, body, &way).await {
        Ok((mut answer, bytes)) if request.method() == Method::GET && is_media(&request) => {
            answer.body(spoil(bytes, weather))
        }
        Ok((mut answer, bytes)) => answer.body(bytes),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}

async fn pass(
    request: &HttpRequest,
    body: Bytes,
    way: &Way,
) -> Result<(actix_web::HttpResponseBuilder, Bytes)> {
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())?;
    let mut onward = way.http.request(method, format!("http://{}{}", way.emulator, request.uri()));
    for (name, value) in request.headers() {
        if !matches!(
            name.as_str(),
            "connection" | "content-length" | "transfer-encoding" | "expect"
        ) {
            onward = onward.header(name.as_str(), value.as_bytes());
        }
    }
    let answer = onward.body(body).send().await?;
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status().as_u16())?);
    for (name, value) in answer.headers() {
        match (name.as_str(), value.to_str(), way.seen_at.get()) {
            ("connection" | "content-length" | "transfer-encoding", ..) => {}
            ("location", Ok(value), Some(seen_at)) => {
                let emulator = way.emulator.to_string();
                response
                    .append_header(("location", value.replace(&emulator, &seen_at.to_string())));
            }
            (name, ..) => {
                response.append_header((name, value.as_bytes()));
            }
        }
    }
    Ok((response, answer.bytes().await?))
}

fn is_media(request: &HttpRequest) -> bool {
    request.query_string().contains("alt=media") || request.path().starts_with("/download/")
}

fn spoil(bytes: Bytes, weather: &Weather) -> Bytes {
    if bytes.is_empty() {
        return bytes;
    }
    let at = rand::random_range(0..bytes.len());
    if happens(&weather.cut) {
        return bytes.slice(..at);
    }
    if happens(&weather.spoiled) {
        let mut changed = BytesMut::from(&bytes[..]);
        changed[at] ^= 0x40;
        return changed.freeze();
    }
    bytes
}

fn happens(percent: &AtomicU8) -> bool {
    rand::random_range(0..100) < percent.load(Ordering::Relaxed)
}
