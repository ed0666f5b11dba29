//! What a client is told when something goes wrong: problem details after RFC 9457.

mod body;
mod causes;
mod codes;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use platform::problem::MEDIA_TYPE;
use serde_json::{Map, Value};

pub(crate) use codes::Code;
pub use codes::{Description, codes};

/// A failure, with what the client is told of it and what only the log is.
pub(crate) struct Problem(Box<Inner>);

struct Inner {
    code: Code,
    /// A code from elsewhere in place of the table's: that of a failed task.
    foreign_code: Option<String>,
    /// A sentence for the client.
    detail: Cow<'static, str>,
    /// Further members of the body.
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Why, for the log alone.
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Problem {
    /// A failure in its own words.
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            foreign_code: None,
            detail: detail.into(),
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// A failure caused by another, which is logged and never sent.
    pub(crate) fn caused(
        code: Code,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let mut problem = Self::from(code);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// When it is worth trying again: `Retry-After` in whole seconds, at least one.
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, &seconds.max(1).to_string())
    }

    /// With a header of the answer.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// With a further member of the body.
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.0.members.insert(name.to_owned(), value);
        self
    }

    /// Under a code that another tier gave.
    pub(crate) fn with_foreign_code(mut self, code: String) -> Self {
        self.0.foreign_code = Some(code);
        self
    }

    /// What only the log is told: the cause with those that led to it, on one line.
    pub(crate) fn cause(&self) -> Option<String> {
        let cause = self.0.cause.as_deref()?;
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            let more = error.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            source = error.source();
        }
        Some(text)
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }
}

impl From<Code> for Problem {
    /// A failure in the words of the table.
    fn from(code: Code) -> Self {
        Self::new(code, code.description().explanation)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem").field("code", &self.0.code).finish_non_exhaustive()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let inner = &self.0;
        let mut response = HttpResponse::build(inner.code.status());
        match inner.code.status() {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        for (name, value) in &inner.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.content_type(MEDIA_TYPE).json(body::of(inner))
    }
}
