//! The body of an error answer.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Inner;

/// Media type of the body (RFC 9457 § 3).
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Problem details (RFC 9457). An answer may have further members.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Identifies the kind of problem; read it as the address of its description.
    #[serde(rename = "type")]
    #[schema(example = "/docs/errors#task_not_found")]
    kind: String,
    /// What the kind of problem is called.
    #[schema(example = "Task not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What went wrong this time and what to do, in a sentence.
    #[schema(example = "You have no task with this number.")]
    detail: String,
    /// Names the kind of problem for programs; stable.
    #[schema(example = "task_not_found")]
    code: String,
    /// The same as `detail`, for older clients.
    message: String,
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

impl ProblemBody {
    pub(super) fn of(inner: &Inner) -> Self {
        let description = inner.code.description();
        let code = inner.foreign_code.as_deref().unwrap_or(description.code);
        Self {
            kind: format!("/docs/errors#{}", description.code),
            title: description.title,
            status: description.status,
            detail: inner.detail.to_string(),
            code: code.to_owned(),
            message: inner.detail.to_string(),
            members: inner.members.clone(),
        }
    }
}
