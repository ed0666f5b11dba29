//! Fetching uploads and results.

mod access;
mod condition;
mod content;
mod disposition;
mod range;
mod redirect;

use actix_web::body::SizedStream;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use futures_util::StreamExt;
use metrics::counter;
use platform::bucket;
use platform::task::Task;
use tracing::{Span, error};

use crate::endpoint::Endpoint;
use crate::problem::{Code, Problem};
use crate::request::query::{malformed, parameters};
use crate::state::{Shared, State};
use access::Access;
use content::{Content, Which};
use range::Wanted;

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![Endpoint::at("/api/files/{file_id}").get(fetch)]
}

/// Fetch a result, or with `which=original` the upload.
///
/// Ask with a login, or with the `token` of a link. Where the bucket signs URLs the answer is a
/// redirection to it, and conditions and ranges are seen to there. One range can be asked for; several are
/// answered with the whole file.
#[utoipa::path(get, path = "/api/files/{file_id}", tag = "files", operation_id = "get_file",
    security(("bearer" = []), ("link" = [])),
    params(
        ("file_id" = uuid::Uuid, Path, description = "The task's `file_id`."),
        ("which" = Option<String>, Query, description = "`result`, the default, or `original`."),
        ("Range" = Option<String>, Header, description = "Such as `bytes=0-1023`."),
        ("If-Range" = Option<String>, Header, description = "The range only of the file with this `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "Only a file with another `ETag`."),
        ("If-Match" = Option<String>, Header, description = "Only the file with this `ETag`."),
    ),
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream",
            headers(
                ("ETag" = String, description = "Its SHA-256."),
                ("Accept-Ranges" = String, description = "`bytes`."),
                ("Content-Disposition" = String, description = "The name to save it under."))),
        (status = 206, description = "A part of it.", content_type = "application/octet-stream",
            headers(("Content-Range" = String, description = "Which part."))),
        (status = 302, description = "It is read from the bucket itself, for a few minutes.",
            headers(("Location" = String, description = "Where: a signed URL."))),
        (status = 304, description = "It has not changed."),
        (status = 409, description = "There is no result yet, or the conversion failed."),
        (status = 410, description = "It is no longer kept."),
        (status = 412, description = "It is another file."),
        (status = 416, description = "The range lies outside of it."),
    ))]
async fn fetch(
    state: State,
    access: Access,
    file_id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let [which, _token] = parameters(request.query_string(), ["which", "token"])?;
    let which = match which.as_deref() {
        None | Some("result") => Which::Result,
        Some("original") => Which::Original,
        Some(_) => return Err(malformed("which is result or original.")),
    };
    let file_id = file_id.parse().map_err(|_| Code::FileNotFound)?;
    let task = state.seams.db.task_by_file(file_id).await?;
    let task = task.filter(|task| access.allows(task)).ok_or(Code::FileNotFound)?;
    serve(&state, &task, which, &request).await
}

async fn serve(
    state: &Shared,
    task: &Task,
    which: Which,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let content = Content::of(task, which, state.seams.db.now())?;
    let headers = request.headers();
    if !condition::allows_match(headers, &content.etag) {
        return Err(Code::PreconditionFailed.into());
    }
    if condition::is_unchanged(headers, &content.etag) {
        return Ok(describe(StatusCode::NOT_MODIFIED, &content).finish());
    }
    if let Some(redirect) = redirect::to_bucket(state, &content, request.method()).await {
        return Ok(redirect);
    }
    if request.method() == Method::HEAD {
        let mut response = describe(StatusCode::OK, &content);
        return Ok(response.body(SizedStream::new(content.size, nothing())));
    }
    let asked = condition::range_header(headers, &content.etag);
    match Wanted::of(asked, content.size) {
        Wanted::Whole => {
            let blocks = state.seams.bucket.get(&content.key, None).await?.blocks;
            Ok(describe(StatusCode::OK, &content).body(counted(content.size, blocks)))
        }
        Wanted::Part(part) => {
            let (start, end, size) = (part.start, part.end, content.size);
            let blocks = state.seams.bucket.get(&content.key, Some(part)).await?.blocks;
            let content_range = format!("bytes {start}-{}/{size}", end - 1);
            let mut response = describe(StatusCode::PARTIAL_CONTENT, &content);
            response.insert_header((header::CONTENT_RANGE, content_range));
            Ok(response.body(counted(end - start, blocks)))
        }
        Wanted::Outside => Err(Problem::from(Code::RangeNotSatisfiable)
            .header(header::CONTENT_RANGE, &format!("bytes */{}", content.size))),
    }
}

fn describe(status: StatusCode, content: &Content) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .content_type(content.media_type)
        .insert_header((header::ETAG, content.etag.clone()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        // The same address may have another result later, or none.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::CONTENT_DISPOSITION, disposition::attachment(&content.name)));
    response
}

type Blocks = futures_util::stream::BoxStream<'static, bucket::Result<Bytes>>;

fn counted(
    size: u64,
    blocks: Blocks,
) -> SizedStream<impl futures_util::Stream<Item = Result<Bytes, bucket::Error>>> {
    let span = Span::current();
    let blocks = blocks.inspect(move |block| match block {
        Ok(block) => counter!("download_bytes_total").increment(block.len() as u64),
        Err(error) => span.in_scope(|| error!(%error, "a download broke off")),
    });
    SizedStream::new(size, blocks)
}

fn nothing() -> Blocks {
    futures_util::stream::empty().boxed()
}
