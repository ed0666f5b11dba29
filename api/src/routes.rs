//! The index of all routes, and what happens to a request that fits none.

use actix_web::web;

use crate::endpoint::Endpoint;
use crate::problem::{Code, Problem};
use crate::{auth, docs, files, health, page, tasks, uploads};

/// Every address of the API.
pub(crate) fn all() -> impl Iterator<Item = Endpoint> {
    [
        auth::routes(),
        uploads::routes(),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use actix_web::http::Method;

    use super::*;
    use crate::openapi;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let mut registered = BTreeSet::new();
        for endpoint in all() {
            for path in endpoint.paths() {
                for method in endpoint.methods().filter(|method| *method != Method::HEAD) {
                    let path = path.replace(":.*", "");
                    registered.insert((path, method.as_str().to_ascii_lowercase()));
                }
            }
        }
        let document = serde_json::to_value(openapi::document()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert((path.clone(), method.clone()));
            }
        }
        assert_eq!(registered, described);
        assert!(registered.len() > 20);
    }
}
