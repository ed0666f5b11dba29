//! Asking for a place to put a file.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use platform::bucket::ObjectKey;
use platform::clock::Time;
use platform::db::{NewUpload, Upload};
use platform::link;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::request::body;
use crate::state::{Shared, State};
use crate::tasks::admit_work;
use crate::tasks::form::too_large;
use crate::tasks::name::FileName;

/// What is known of the file.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferRequest {
    /// Its name.
    #[schema(example = "song.flac")]
    filename: Option<String>,
    /// Its size in bytes. One that is announced must be kept to.
    size: Option<u64>,
}

/// Where to put the file.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferAnswer {
    /// What to name when the task is made.
    upload_id: Uuid,
    /// Where the bytes go. Whoever knows it may put them, so keep it to yourself.
    url: String,
    /// By which method.
    #[schema(example = "PUT")]
    method: &'static str,
    /// Headers to send along.
    headers: BTreeMap<&'static str, &'static str>,
    /// Until when the file must be there and the task made.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

/// Ask for a place to put a file, of which a task is made afterwards.
///
/// Where the bucket allows it the bytes go there without passing through this server. PUT them to
/// `url`, then make the task with `upload_id` in place of `fileName`.
#[utoipa::path(post, path = "/api/uploads", tag = "uploads", operation_id = "create_upload",
    security(("bearer" = [])),
    request_body(content(
        (OfferRequest = "application/json"),
        (OfferRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "There it goes.", body = OfferAnswer),
        (status = 400, description = "The body can't be read, or the file has no bytes."),
        (status = 413, description = "The file is too large."),
    ))]
pub(crate) async fn offer(
    state: State,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asked: OfferRequest = body::read(&request, payload).await?;
    let new = admit(&state, caller, asked).await?;
    let base = base(&state, &request);
    let making = state.clone();
    let answer = state.to_the_end(async move { make(&making, &new, &base).await }).await?;
    Ok(HttpResponse::Created().json(answer))
}

async fn admit(state: &Shared, caller: Caller, asked: OfferRequest) -> Result<NewUpload, Problem> {
    let most = state.config.max_upload_size.as_u64();
    match asked.size {
        Some(0) => return Err(Code::EmptyFile.into()),
        Some(size) if size > most => return Err(too_large(most)),
        _ => {}
    }
    admit_work(state, caller.user()).await?;
    let open = state.seams.db.count_open_uploads(caller.user()).await?;
    if usize::try_from(open).unwrap_or(0) >= state.config.max_uploads_per_user {
        return Err(Problem::from(Code::TooManyUploads).retry_after(WAIT));
    }
    Ok(NewUpload {
        user_id: caller.user(),
        object_key: ObjectKey::direct(),
        filename: FileName::sanitised(&asked.filename.unwrap_or_default()).as_str().to_owned(),
        size: asked.size.and_then(|size| i64::try_from(size).ok()),
        life: state.config.upload_timeout,
    })
}

/// When it is worth asking again while all of a user's places are taken.
const WAIT: Duration = Duration::from_secs(30);

async fn make(state: &Shared, new: &NewUpload, base: &str) -> Result<OfferAnswer, Problem> {
    let upload = state.seams.db.create_upload(new).await?;
    let url = match place(state, &upload, new.life).await {
        Ok(Some(url)) => url,
        Ok(None) => here(state, &upload, base)?,
        Err(problem) => {
            state.seams.db.drop_upload(&upload).await?;
            return Err(problem);
        }
    };
    Ok(OfferAnswer {
        upload_id: upload.id,
        url,
        method: "PUT",
        headers: BTreeMap::from([("Content-Type", "application/octet-stream")]),
        expires_at: upload.expires_at,
    })
}

/// A place in the bucket, if it gives one.
async fn place(state: &Shared, upload: &Upload, life: Duration) -> Result<Option<String>, Problem> {
    if !state.config.signed_urls {
        return Ok(None);
    }
    let size = upload.size.and_then(|size| u64::try_from(size).ok());
    let offer = state.seams.bucket.offer_upload(&upload.object_key, size, life).await?;
    let Some(offer) = offer else { return Ok(None) };
    if let Some(session) = &offer.session {
        state.seams.db.set_upload_session(upload.id, session).await?;
    }
    Ok(Some(offer.url))
}

/// A place with us.
fn here(state: &Shared, upload: &Upload, base: &str) -> Result<String, Problem> {
    let token = link::sign_upload(&state.seams.secret, upload.id, upload.expires_at);
    let token = token.map_err(|error| Problem::caused(Code::Internal, error))?;
    Ok(format!("{base}/api/uploads/{}?token={token}", upload.id))
}

/// Where this client reaches us.
fn base(state: &Shared, request: &HttpRequest) -> String {
    if let Some(url) = &state.config.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}
