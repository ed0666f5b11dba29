//! How many requests are being answered, from their head to the last byte of the answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use metrics::gauge;

const NAME: &str = "http_requests_in_flight";

/// A request that counts until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(());

impl InFlight {
    pub(super) fn start() -> Self {
        gauge!(NAME).increment(1.0);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(NAME).decrement(1.0);
    }
}

/// The body of an answer, with which its request ends.
pub(crate) struct Tracked {
    body: BoxBody,
    _request: InFlight,
}

impl Tracked {
    pub(super) fn new(body: impl MessageBody + 'static, request: InFlight) -> Self {
        Self { body: body.boxed(), _request: request }
    }
}

impl MessageBody for Tracked {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
