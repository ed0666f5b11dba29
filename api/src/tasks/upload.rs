//! An upload, from the socket to a task.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use platform::db::{Created, NewTask};
use platform::dispatch;
use platform::queue::Job;
use platform::seams::Seams;
use platform::task::Task;
use utoipa::ToSchema;
use uuid::Uuid;

use super::direct::{self, Arrived};
use super::form::{Bounds, Filled, Form, Source};
use super::idempotency::{self, IdempotencyKey};
use super::store::{self, Intake};
use super::view::{FormatName, Options, TaskView};
use super::{TaskAnswer, admit_work};
use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::request::id::RequestId;
use crate::state::{Shared, State};

/// A file and what it is to become.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the form for the document; `Form` reads it")]
pub(crate) struct UploadRequest {
    /// The file, unless it was put to an upload.
    #[schema(value_type = Option<String>, format = Binary,
        content_media_type = "application/octet-stream")]
    file_name: Option<Vec<u8>>,
    /// The upload that the file was put to.
    #[schema(rename = "upload_id")]
    upload_id: Option<Uuid>,
    new_format: FormatName,
    #[schema(inline)]
    #[serde(flatten)]
    options: Options,
}

/// What a file that was put to an upload is to become.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; `direct` reads it")]
pub(crate) struct UploadedRequest {
    /// The upload.
    #[schema(rename = "upload_id")]
    upload_id: Uuid,
    new_format: FormatName,
    #[schema(inline)]
    #[serde(flatten)]
    options: Options,
}

/// Upload a file to have it converted, or name one that was put to an upload.
///
/// With an `Idempotency-Key` the same request can be sent again without making a second task.
#[utoipa::path(post, path = "/api/tasks", tag = "tasks", operation_id = "create_task",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255,
        description = "Your own name for this request: 1 to 255 visible ASCII characters.")),
    request_body(content(
        (UploadRequest = "multipart/form-data"),
        (UploadedRequest = "application/json"),
        (UploadedRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 202, description = "It will be converted.", body = TaskAnswer, headers(
            ("Location" = String, description = "The task."),
            ("Idempotency-Replayed" = Option<String>,
                description = "`true` when the task had been made before under this key."))),
        (status = 400, description = "The form is wrong."),
        (status = 404, description = "You have no such upload."),
        (status = 408, description = "It arrived too slowly."),
        (status = 409, description = "The upload was used before, or is not complete."),
        (status = 410, description = "The upload's time is over."),
        (status = 413, description = "The file is too large."),
        (status = 415, description = "It is no form."),
        (status = 422, description = "The key was used for another upload."),
    ))]
pub(super) async fn create(
    state: State,
    caller: Caller,
    request_id: RequestId,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = IdempotencyKey::of(request.headers())?;
    let found = if Form::is_form(&request) {
        let form = Form::open(&request, payload, Bounds::of(&state.config))?;
        let earlier = admit(&state, caller, key.as_ref()).await?;
        let _slot = state.limits.admit_upload(caller.user())?;
        let reading = form.read(|| match earlier {
            Some(_) => Intake::hashing(&state),
            None => Intake::storing(&state),
        });
        let filled = tokio::time::timeout(state.config.upload_timeout, reading).await;
        (earlier, filled.map_err(|_| Code::RequestTimeout)??)
    } else {
        let filled = direct::read(&request, payload).await?;
        (admit(&state, caller, key.as_ref()).await?, filled)
    };
    let (task, replayed) = match found {
        (Some(task), filled) => (replay(task, filled)?, true),
        (None, filled) => {
            let sender = Sender { caller, key, request: request_id };
            make(&state, sender, filled).await?
        }
    };
    Ok(accepted(&state, &task, replayed))
}

/// The task that the caller made under this key, or else whether another one may be made.
async fn admit(
    state: &Shared,
    caller: Caller,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>, Problem> {
    let earlier = earlier(state, caller, key).await?;
    if earlier.is_none() {
        admit_work(state, caller.user()).await?;
    }
    Ok(earlier)
}

/// What is known of an upload besides its form.
struct Sender {
    caller: Caller,
    key: Option<IdempotencyKey>,
    request: RequestId,
}

async fn earlier(
    state: &Shared,
    caller: Caller,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>, Problem> {
    match key {
        Some(key) => {
            Ok(state.seams.db.task_by_idempotency_key(caller.user(), key.as_str()).await?)
        }
        None => Ok(None),
    }
}

fn replay(task: Task, filled: Filled) -> Result<Task, Problem> {
    let (format, options) = filled.wishes.finish()?;
    let digest = match filled.source {
        Source::File(_, upload) => upload.digest,
        Source::Offered(upload) => direct::digest_of(&upload)?,
    };
    idempotency::same(&task, &digest, (format, &options))?;
    Ok(task)
}

/// Makes the task, and tells whether it was there already after all.
async fn make(state: &State, sender: Sender, filled: Filled) -> Result<(Task, bool), Problem> {
    let (format, options) = filled.wishes.finish()?;
    let Arrived { name, upload, offer } = match filled.source {
        Source::File(name, upload) => Arrived { name, upload, offer: None },
        Source::Offered(upload) => direct::take_over(state, sender.caller, &upload).await?,
    };
    let size = i64::try_from(upload.size).map_err(|_| Code::UploadTooLarge)?;
    let object = upload.object.ok_or(Code::Internal)?;
    // From here on the object is seen to by `commit`, which nothing interrupts.
    let source_key = object.keep().ok_or(Code::Internal)?;
    let new = NewTask {
        file_id: Uuid::new_v4(),
        user_id: sender.caller.user(),
        idempotency_key: sender.key.map(|key| key.as_str().to_owned()),
        request_id: Some(sender.request.as_str().to_owned()),
        uploaded_filename: name.as_str().to_owned(),
        new_format: format,
        options: options.clone(),
        source_key,
        source_size: size,
        source_digest: upload.digest.clone(),
        upload: offer,
    };
    let seams = state.seams.clone();
    match state.to_the_end(async move { commit(&seams, &new).await }).await? {
        Created::New(task) => Ok((*task, false)),
        Created::Existing(task) => {
            idempotency::same(&task, &upload.digest, (format, &options))?;
            Ok((*task, true))
        }
    }
}

async fn commit(seams: &Seams, new: &NewTask) -> Result<Created, Problem> {
    let created = match seams.db.create_task(new).await {
        Ok(created) => created,
        Err(error) => {
            store::discard(seams, &new.source_key).await;
            return Err(error.into());
        }
    };
    if let Created::New(task) = &created {
        dispatch::publish(&seams.db, &seams.queue, Job::of(task)).await;
    }
    Ok(created)
}

fn accepted(state: &Shared, task: &Task, replayed: bool) -> HttpResponse {
    let mut response = HttpResponse::Accepted();
    response.insert_header((header::LOCATION, format!("/api/tasks/{}", task.id)));
    if replayed {
        response.insert_header((idempotency::REPLAYED, "true"));
    }
    let message = "The file will be converted.";
    response.json(TaskAnswer { message, task: TaskView::of(task, state) })
}
