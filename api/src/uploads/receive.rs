//! Bytes of an upload that come to us, since the bucket takes none from strangers.

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;
use metrics::counter;
use platform::db::Upload;

use crate::problem::{Code, Problem};
use crate::request::body::{broken, refuse_encoded};
use crate::state::State;
use crate::tasks::form::{Bounds, silent, too_large};
use crate::tasks::store::Intake;

/// Stores the body as the upload's object.
pub(super) async fn receive(
    state: &State,
    upload: &Upload,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(), Problem> {
    refuse_encoded(request)?;
    let bounds = Bounds::of(&state.config);
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let announced = upload.size.and_then(|size| u64::try_from(size).ok());
    if length.is_some_and(|length| length > bounds.size) {
        return Err(too_large(bounds.size));
    }
    if let (Some(length), Some(announced)) = (length, announced)
        && length != announced
    {
        return Err(wrong_size(announced));
    }
    let intake = Intake::replacing(state, upload.object_key.clone());
    let limit = announced.unwrap_or(bounds.size);
    let bounds = Bounds { size: limit, ..bounds };
    let reading = read(payload, intake, bounds, announced);
    let read = tokio::time::timeout(state.config.upload_timeout, reading).await;
    read.map_err(|_| Code::RequestTimeout)?
}

/// What is not told to be complete is not stored, so that an error leaves what was there before.
async fn read(
    mut payload: web::Payload,
    mut intake: Intake,
    bounds: Bounds,
    announced: Option<u64>,
) -> Result<(), Problem> {
    let mut size = 0;
    loop {
        let next = tokio::time::timeout(bounds.idle, payload.next()).await;
        let Some(bytes) = next.map_err(|_| silent(bounds.idle))? else { break };
        let bytes = bytes.map_err(|error| broken(&error))?;
        size += bytes.len() as u64;
        counter!("upload_bytes_total").increment(bytes.len() as u64);
        if size > bounds.size {
            return Err(announced.map_or_else(|| too_large(bounds.size), wrong_size));
        }
        if !intake.take(&bytes).await {
            // It tells why.
            return intake.finish().await.map(|_| ());
        }
    }
    match announced {
        _ if size == 0 => Err(Code::EmptyFile.into()),
        Some(announced) if size < announced => Err(wrong_size(announced)),
        _ => intake.finish().await.map(|_| ()),
    }
}

fn wrong_size(announced: u64) -> Problem {
    let detail = format!("The file was announced with {announced} bytes, and has not as many.");
    Problem::new(Code::MalformedBody, detail)
}
