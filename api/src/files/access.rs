//! Who may fetch a file: its owner by login, or whoever holds a signed link to it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use platform::link;
use platform::task::Task;
use uuid::Uuid;

use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::state::State;

/// What the request may fetch.
pub(super) enum Access {
    /// All files of this user.
    Owner(i64),
    /// The files with this name.
    Link(Uuid),
}

impl Access {
    pub(super) fn allows(&self, task: &Task) -> bool {
        match self {
            Self::Owner(user) => task.user_id == *user,
            Self::Link(file) => task.file_id == *file,
        }
    }
}

impl FromRequest for Access {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let token = token(request.query_string());
        match (request.app_data::<State>(), token) {
            (Some(state), Some(token))
                if !request.headers().contains_key(header::AUTHORIZATION) =>
            {
                let file = link::verify(&state.seams.secret, &token, state.seams.db.now());
                let access = file.map(Self::Link).ok_or_else(|| Code::InvalidLink.into());
                Box::pin(std::future::ready(access))
            }
            _ => {
                let caller = Caller::from_request(request, payload);
                Box::pin(async move { Ok(Self::Owner(caller.await?.user())) })
            }
        }
    }
}

fn token(query: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    pairs.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token)
}
