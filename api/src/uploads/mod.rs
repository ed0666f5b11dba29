//! Files that are put into the bucket first, past this process where the bucket allows it, and of
//! which a task is made afterwards.

mod find;
pub(crate) mod offer;
mod receive;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use platform::db::Upload;
use platform::link;
use uuid::Uuid;

use crate::auth::caller::Caller;
use crate::endpoint::Endpoint;
use crate::problem::{Code, Problem};
use crate::request::query::parameters;
use crate::state::{Shared, State};
pub(crate) use find::{OpenUpload, find};

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/api/uploads").on(Method::POST, offer::offer),
        Endpoint::at("/api/uploads/{upload_id}").on(Method::PUT, put).on(Method::DELETE, give_up),
    ]
}

/// Put the bytes of an upload, where its `url` leads here and not into a bucket.
#[utoipa::path(put, path = "/api/uploads/{upload_id}", tag = "uploads", operation_id = "put_upload",
    params(
        ("upload_id" = Uuid, Path, description = "The upload's name."),
        ("token" = String, Query, description = "As in the upload's `url`."),
    ),
    request_body(content_type = "application/octet-stream", description = "The file."),
    responses(
        (status = 204, description = "It is stored."),
        (status = 400, description = "It has no bytes, or not as many as announced."),
        (status = 401, description = "The token is wrong, or ended."),
        (status = 408, description = "It arrived too slowly."),
        (status = 409, description = "A task was made of it already."),
        (status = 413, description = "It is too large."),
    ))]
pub(crate) async fn put(
    state: State,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let [token] = parameters(request.query_string(), ["token"])?;
    let named = token
        .and_then(|token| link::verify_upload(&state.seams.secret, &token, state.seams.db.now()));
    let named = named.filter(|named| id.parse() == Ok(*named)).ok_or(Code::InvalidLink)?;
    let upload = state.seams.db.upload(named).await?.ok_or(Code::UploadNotFound)?;
    let upload = OpenUpload::of(upload, state.seams.db.now())?;
    let _slot = state.limits.admit_upload(upload.row().user_id)?;
    receive::receive(&state, upload.row(), &request, payload).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give an upload up that is not wanted any more, so that it counts no longer.
#[utoipa::path(delete, path = "/api/uploads/{upload_id}", tag = "uploads",
    operation_id = "delete_upload", security(("bearer" = [])),
    params(("upload_id" = Uuid, Path, description = "The upload's name.")),
    responses(
        (status = 204, description = "It is given up."),
        (status = 409, description = "A task was made of it already."),
    ))]
pub(crate) async fn give_up(
    state: State,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let upload = owned(&state, caller, &id).await?;
    let ended = state.clone();
    state.to_the_end(async move { end(&ended, &upload).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end(state: &Shared, upload: &Upload) -> Result<(), Problem> {
    if upload.task_id.is_some() {
        return Err(Code::UploadUsed.into());
    }
    if let Some(session) = &upload.session {
        state.seams.bucket.withdraw_upload(session).await?;
    }
    let dropped = state.seams.db.drop_upload(upload).await?;
    if dropped { Ok(()) } else { Err(Code::UploadUsed.into()) }
}

/// The caller's upload with this name. Another user's is answered like one that does not exist.
async fn owned(state: &Shared, caller: Caller, id: &str) -> Result<Upload, Problem> {
    let id: Uuid = id.parse().map_err(|_| Code::UploadNotFound)?;
    let upload = state.seams.db.upload(id).await?;
    let upload = upload.filter(|upload| upload.user_id == caller.user());
    upload.ok_or_else(|| Code::UploadNotFound.into())
}
