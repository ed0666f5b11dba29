//! How much anyone may ask for: requests and logins in a minute, uploads at a time, work waiting.

mod load;
mod rate;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest};
use platform::config::Config;
use std::future::{Ready, ready};

use crate::auth::caller::session_of;
use crate::problem::{Code, Problem};
use crate::request::address::ClientAddress;
use crate::state::State;
pub(crate) use load::Load;
use rate::Rate;
use slots::{Slot, Slots};

/// The limits that are counted in this process.
pub(crate) struct Limits {
    requests: Rate<Key>,
    logins: Rate<ClientAddress>,
    uploads: Arc<Slots>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    User(i64),
    Address(ClientAddress),
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) address: ClientAddress,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            requests: Rate::per_minute(config.requests_per_minute),
            logins: Rate::per_minute(config.logins_per_minute),
            uploads: Arc::new(Slots::new(config.max_uploads_per_user)),
        }
    }

    /// Counts an attempt to sign up or log in.
    pub(crate) fn admit_login(&self, address: ClientAddress) -> Result<(), Problem> {
        self.logins.admit(&address).map_err(|wait| refused(Code::TooManyLogins, wait))
    }

    /// A place for one upload of this user, until it is dropped.
    pub(crate) fn admit_upload(&self, user: i64) -> Result<Slot, Problem> {
        let slot = Arc::clone(&self.uploads).take(user);
        slot.ok_or_else(|| refused(Code::TooManyUploads, Duration::from_secs(5)))
    }

    /// Forgets whoever has not been heard of for so long that it makes no difference.
    pub(crate) fn forget_the_quiet(&self) {
        self.requests.forget_the_quiet();
        self.logins.forget_the_quiet();
    }

    fn admit(&self, key: Key) -> Result<(), Problem> {
        self.requests.admit(&key).map_err(|wait| refused(Code::TooManyRequests, wait))
    }
}

fn refused(code: Code, wait: Duration) -> Problem {
    Problem::from(code).retry_after(wait)
}

/// What probes ask; they come often, and from addresses that others share.
const UNCOUNTED: [&str; 4] = ["/alive", "/ready", "/api-health", "/metrics"];

/// Counts every request by its user, or by its address without a valid token.
pub(crate) async fn count(
    state: State,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let address = ClientAddress::of(&request, state.config.proxy_hops);
    request.extensions_mut().insert(Origin { address });
    let key = match session_of(request.headers(), &state) {
        Ok(session) => {
            request.extensions_mut().insert(session);
            Key::User(session.user)
        }
        Err(_) => Key::Address(address),
    };
    if !UNCOUNTED.contains(&request.path())
        && let Err(problem) = state.limits.admit(key)
    {
        return Ok(request.error_response(problem).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().copied().ok_or(Code::Internal.into()))
    }
}
