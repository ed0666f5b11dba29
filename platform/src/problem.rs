//! What a client is told when something goes wrong: problem details after RFC 9457.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Media type of the body (RFC 9457 § 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Problem details (RFC 9457). An answer may have further members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
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
    /// A problem of the kind that `code` names.
    #[must_use]
    pub fn new(status: u16, code: &str, title: &'static str, detail: &str) -> Self {
        Self {
            kind: format!("/docs/errors#{code}"),
            title,
            status,
            detail: detail.to_owned(),
            code: code.to_owned(),
            message: detail.to_owned(),
            members: Map::new(),
        }
    }

    /// Under a code that another tier gave, of the same kind.
    #[must_use]
    pub fn under(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// With a further member, if it can be written as JSON.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.members.insert(name.to_owned(), value);
        }
        self
    }
}
