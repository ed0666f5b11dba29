//! Bodies that nobody reads to their end. Actix drains a chunked one however long it is once the
//! handler has dropped it, so that a refused client could send for ever. Held until the answer is
//! out, it makes actix close the connection instead, after the time to linger.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;

/// Keeps a chunked body until the answer is out.
pub(crate) async fn hold<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Holding>>, actix_web::Error> {
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let held = Rc::new(RefCell::new(request.take_payload()));
    let shared = Rc::clone(&held);
    let stream = poll_fn(move |context| Pin::new(&mut *shared.borrow_mut()).poll_next(context));
    request.set_payload(Payload::Stream { payload: Box::pin(stream) });
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| EitherBody::right(Holding { body: body.boxed(), _held: held })))
}

/// The body of an answer that holds the body of its request.
pub(crate) struct Holding {
    body: BoxBody,
    _held: Rc<RefCell<Payload>>,
}

impl MessageBody for Holding {
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
