//! The index of all routes, and what happens to a request that fits none.

use actix_web::web;

use crate::endpoint::Endpoint;
use crate::problem::{Code, Problem};
use crate::{auth, docs, files, health, page, tasks};

/// Every address of the API.
pub(crate) fn all() -> impl Iterator<Item = Endpoint> {
    [
        auth::routes(),
        tasks::routes(),
        files::routes(),
        health::routes(),
        docs::routes(),
        page::routes(),
    ]
    .into_iter()
    .flatten()
}

/// Adds all routes to the application.
pub(crate) fn register(config: &mut web::ServiceConfig) {
    for endpoint in all() {
        endpoint.register(config);
    }
    config.default_service(web::to(nothing_here));
}

async fn nothing_here() -> Result<&'static str, Problem> {
    Err(Code::NotFound.into())
}
