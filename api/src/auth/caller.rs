//! Who sends a request.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use tracing::Span;

use super::session::Session;
use crate::problem::{Code, Problem};
use crate::state::{Shared, State};

/// The user whose valid login the request carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) session: Session,
}

impl Caller {
    /// The user's number.
    pub(crate) fn user(self) -> i64 {
        self.session.user
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<State>().cloned();
        // The rate limit has read the token already.
        let read = request.extensions().get::<Session>().copied();
        let session = match (read, &state) {
            (Some(session), _) => Ok(session),
            (None, Some(state)) => session_of(request.headers(), state),
            (None, None) => Err(Code::Internal.into()),
        };
        Box::pin(async move {
            let (session, state) = (session?, state.ok_or(Code::Internal)?);
            if state.seams.db.is_session_valid(session.user, session.token).await? {
                Span::current().record("user", session.user);
                Ok(Self { session })
            } else {
                Err(Code::RevokedToken.into())
            }
        })
    }
}

/// The login in the header `Authorization`, revoked or not.
pub(crate) fn session_of(headers: &HeaderMap, state: &Shared) -> Result<Session, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next().ok_or(Code::MissingToken)?;
    if values.next().is_some() {
        return Err(Problem::new(Code::InvalidToken, "There is more than one Authorization."));
    }
    let text = value.to_str().map_err(|_| Problem::from(Code::InvalidToken))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            state.sessions.read(token.trim(), state.seams.db.now())
        }
        _ => Err(Code::MissingToken.into()),
    }
}
