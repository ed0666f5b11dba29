//! Conversion tasks, as their owners make, see and change them.

pub(crate) mod again;
mod direct;
pub(crate) mod form;
mod idempotency;
pub(crate) mod list;
pub(crate) mod name;
pub(crate) mod store;
pub(crate) mod upload;
pub(crate) mod view;
mod wishes;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use platform::task::Task;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::endpoint::Endpoint;
use crate::problem::{Code, Problem};
use crate::state::{Shared, State};
use view::TaskView;

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/api/tasks")
            .alias("/api/task")
            .get(list::list)
            .on(Method::POST, upload::create),
        Endpoint::at("/api/tasks/{id}")
            .get(show)
            .on(Method::PUT, again::convert_again)
            .on(Method::DELETE, delete),
    ]
}

/// Answer to a request for a conversion.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskAnswer {
    #[schema(example = "The file will be converted.")]
    message: &'static str,
    task: TaskView,
}

/// Answer without more to tell.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageAnswer {
    #[schema(example = "The task was deleted.")]
    message: &'static str,
}

/// Look at a task.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "tasks", operation_id = "get_task",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The task's number.")),
    responses((status = 200, description = "The task.", body = TaskView)))]
async fn show(
    state: State,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let task = find(&state, caller, &id).await?;
    Ok(HttpResponse::Ok().json(TaskView::of(&task, &state)))
}

/// Delete a task: waiting or running work is given up, and both its files go.
#[utoipa::path(delete, path = "/api/tasks/{id}", tag = "tasks", operation_id = "delete_task",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The task's number.")),
    responses((status = 200, description = "Deleted.", body = MessageAnswer)))]
async fn delete(
    state: State,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let deleted = state.seams.db.delete_task(caller.user(), number(&id)?).await?;
    deleted.ok_or(Code::TaskNotFound)?;
    Ok(HttpResponse::Ok().json(MessageAnswer { message: "The task was deleted." }))
}

/// The caller's task with this number. Another user's is answered like one that does not exist.
async fn find(state: &Shared, caller: Caller, id: &str) -> Result<Task, Problem> {
    let task = state.seams.db.task_of(caller.user(), number(id)?).await?;
    task.ok_or_else(|| Code::TaskNotFound.into())
}

/// What is no number names no task.
fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| Code::TaskNotFound.into())
}

/// Refuses more work than the user or the service may have waiting.
pub(crate) async fn admit_work(state: &Shared, user: i64) -> Result<(), Problem> {
    let unfinished = state.seams.db.count_unfinished_tasks(user).await?;
    if usize::try_from(unfinished).unwrap_or(0) >= state.config.max_waiting_tasks_per_user {
        return Err(Code::TooManyTasks.into());
    }
    state.load.admit(&state.seams.db, state.config.max_queue_depth).await
}
