//! The last answers of a process that is to stop: each tells its client to come back on another
//! connection, so that none is open, and about to be used, when the process ends.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;

use crate::state::State;

/// Closes the connection after the answer once the process is to stop.
pub(crate) async fn say<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let state = request.app_data::<State>().cloned();
    let mut response = next.call(request).await?;
    if state.is_some_and(|state| state.stop.is_cancelled()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
