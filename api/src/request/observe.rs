//! The record of every request: its name in the answer and the log, how it ended and how long it
//! took. Neither addresses nor queries are logged, since tokens stand there.

use std::time::{Duration, Instant};

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use metrics::{counter, histogram};
use tracing::{Instrument, Span, debug, error, field, info, info_span, warn};

use super::id::{self, RequestId};
use super::in_flight::{InFlight, Tracked};
use crate::problem::Problem;

/// Headers of every answer that has none of its own.
const DEFAULTS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Asked all the time by machines, and so not worth a line each.
const QUIET: [&str; 4] = ["/alive", "/ready", "/api-health", "/metrics"];

/// The outermost middleware.
pub(crate) async fn record(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Tracked>, actix_web::Error> {
    let started = Instant::now();
    let in_flight = InFlight::start();
    let name = RequestId::of(request.headers());
    request.extensions_mut().insert(name.clone());
    let method = method_label(request.method());
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".into());
    let span = info_span!(
        "request",
        request_id = name.as_str(),
        method,
        route,
        status = field::Empty,
        user = field::Empty
    );
    let mut response = next.call(request).instrument(span.clone()).await?;
    let status = response.status();
    span.record("status", status.as_u16());
    tell(&span, &response, &route, started.elapsed());
    count(method, route, status, started.elapsed());
    complete(response.headers_mut(), &name);
    Ok(response.map_body(|_, body| Tracked::new(body, in_flight)))
}

fn tell<B>(span: &Span, response: &ServiceResponse<B>, route: &str, elapsed: Duration) {
    let _in_span = span.enter();
    let status = response.status().as_u16();
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let code = problem.map(|problem| problem.code().description().code);
    match problem.and_then(Problem::cause) {
        Some(cause) if status >= 500 => error!(status, elapsed_ms, code, cause, "request failed"),
        Some(cause) => warn!(status, elapsed_ms, code, cause, "request refused"),
        None if QUIET.contains(&route) => debug!(status, elapsed_ms, code, "request"),
        None => info!(status, elapsed_ms, code, "request"),
    }
}

fn count(method: &'static str, route: String, status: StatusCode, elapsed: Duration) {
    let status = status.as_str().to_owned();
    histogram!("http_request_duration_seconds", "route" => route.clone(), "method" => method)
        .record(elapsed.as_secs_f64());
    counter!("http_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
}

fn complete(headers: &mut HeaderMap, name: &RequestId) {
    for (header, value) in DEFAULTS {
        if !headers.contains_key(&header) {
            headers.insert(header, HeaderValue::from_static(value));
        }
    }
    headers.insert(id::HEADER, name.header_value());
}

/// Methods can be made up by clients; a label of a metric must not grow without bound.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}
