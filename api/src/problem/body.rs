//! The body of an error answer.

use platform::problem::ProblemBody;

use super::Inner;

/// What of a problem the client is told.
pub(super) fn of(inner: &Inner) -> ProblemBody {
    let description = inner.code.description();
    let (status, code, title) = (description.status, description.code, description.title);
    let mut body = ProblemBody::new(status, code, title, &inner.detail);
    if let Some(foreign) = &inner.foreign_code {
        body = body.under(foreign);
    }
    inner.members.iter().fold(body, |body, (name, value)| body.with(name, value))
}
