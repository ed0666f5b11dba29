//! Small bodies: JSON or a form, within bounds of size and time.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// Largest body that is not an upload.
const LARGEST: usize = 64 * 1024;

/// Longest time for it to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads a body as what its Content-Type says.
pub(crate) async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, Problem> {
    let parse = parser(request)?;
    refuse_encoded(request)?;
    let read = tokio::time::timeout(PATIENCE, collect(payload));
    parse(&read.await.map_err(|_| Code::RequestTimeout)??)
}

/// Nothing here takes compressed bodies; taking them for plain ones would give odd messages.
pub(crate) fn refuse_encoded(request: &HttpRequest) -> Result<(), Problem> {
    match request.headers().get(header::CONTENT_ENCODING) {
        Some(value) if value.as_bytes() != b"identity" => {
            Err(Problem::new(Code::UnsupportedMediaType, "Send the body without Content-Encoding."))
        }
        _ => Ok(()),
    }
}

type Parser<T> = fn(&[u8]) -> Result<T, Problem>;

fn parser<T: DeserializeOwned>(request: &HttpRequest) -> Result<Parser<T>, Problem> {
    match request.content_type().to_ascii_lowercase().as_str() {
        "application/json" => Ok(json),
        "application/x-www-form-urlencoded" => Ok(form),
        _ => Err(Problem::new(
            Code::UnsupportedMediaType,
            "Send the body as application/json or application/x-www-form-urlencoded.",
        )),
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "a value of the wrong type, or a name twice,",
            _ => "no valid JSON",
        };
        let detail = format!("The body has {what} in line {line}, column {column}.");
        Problem::new(Code::MalformedBody, detail)
    })
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_urlencoded::from_bytes(body).map_err(|_| {
        Problem::new(Code::MalformedBody, "The body is not a form, or has a field twice.")
    })
}

async fn collect(mut payload: web::Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(block) = payload.next().await {
        let block = block.map_err(|error| broken(&error))?;
        if body.len() + block.len() > LARGEST {
            let detail = format!("The body must have at most {LARGEST} bytes.");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        body.extend_from_slice(&block);
    }
    Ok(body.freeze())
}

/// A body that broke off or was framed wrongly.
pub(crate) fn broken(_: &actix_web::error::PayloadError) -> Problem {
    Problem::new(Code::MalformedBody, "The body broke off, or its framing is wrong.")
}
