//! The `OpenAPI` document: what the handlers say of themselves, and what is common to them.

use platform::problem::ProblemBody;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::{auth, docs, files, health, page, tasks, uploads};

#[derive(OpenApi)]
#[openapi(
    info(title = "Soundmill", description = "Converts audio files."),
    paths(
        auth::signup, auth::login, auth::logout,
        tasks::upload::create, tasks::list::list, tasks::show, tasks::again::convert_again, tasks::delete,
        uploads::offer::offer, uploads::put, uploads::give_up,
        files::fetch,
        health::alive, health::ready::ready, health::converters::converters,
        health::converters::ping, health::load::load, health::metrics::metrics,
        docs::document, docs::front, docs::file, docs::errors,
        page::front, page::script, page::style, page::icon,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Secured, &Common, &Aliases),
    tags(
        (name = "accounts", description = "Sign up, log in, log out."),
        (name = "tasks", description = "Conversions."),
        (name = "uploads", description = "Files put into the bucket before a task is made of them."),
        (name = "files", description = "Uploads and results."),
        (name = "health", description = "For operators and machines."),
        (name = "documents", description = "This description."),
        (name = "page", description = "The web page."),
    ),
)]
struct Description;

/// The document.
pub(crate) fn document() -> Document {
    Description::openapi()
}

/// The ways to prove who one is.
struct Secured;

impl Modify for Secured {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        let link = ApiKey::Query(ApiKeyValue::with_description("token", "The token of a link."));
        components.add_security_scheme("link", SecurityScheme::ApiKey(link));
    }
}

/// Answers that many operations share.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                complete(path, operation);
            }
        }
    }
}

fn complete(path: &str, operation: &mut Operation) {
    add(operation, "default", "Any other failure.");
    add(operation, "429", "Too much is asked for; `Retry-After` tells when to ask again.");
    if operation.security.is_some() {
        add(operation, "401", "The login is missing, wrong, ended or revoked.");
        add(operation, "503", "Temporarily unavailable; `Retry-After` tells when to ask again.");
        if path.contains('{') {
            add(operation, "404", "There is none, or it is not yours.");
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && (status == "default" || status.starts_with(['4', '5']))
        {
            let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            response.content.insert("application/problem+json".into(), problem.into());
        }
    }
}

fn add(operation: &mut Operation, status: &str, description: &str) {
    let response = ResponseBuilder::new().description(description).build();
    operation.responses.responses.entry(status.into()).or_insert(response.into());
}

/// Second addresses of the same operations.
struct Aliases;

const ALIASES: [(&str, &str); 2] = [("/api/tasks", "/api/task"), ("/api-health", "/ready")];

impl Modify for Aliases {
    fn modify(&self, document: &mut Document) {
        for (path, alias) in ALIASES {
            let Some(mut item) = document.paths.paths.get(path).cloned() else { continue };
            for operation in operations(&mut item) {
                operation.operation_id =
                    operation.operation_id.as_ref().map(|id| id.clone() + "_alias");
                operation.summary = Some(format!("The same as {path}."));
            }
            document.paths.paths.insert(alias.into(), item);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}
