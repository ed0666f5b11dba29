//! The description of the API: a document for programs, a page to read and try it, and the list of
//! errors.

use std::fmt::Write;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::Config;

use crate::endpoint::Endpoint;
use crate::openapi;
use crate::problem::{Code, Description, Problem, codes};

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/openapi.json").get(document),
        Endpoint::at("/docs").get(front),
        Endpoint::at("/docs/errors").get(errors),
        Endpoint::at("/docs/{file:.*}").get(file),
    ]
}

/// Swagger UI has styles within its markup.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; frame-ancestors 'none'";

/// This description, for programs: `OpenAPI` 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "documents", operation_id = "openapi",
    responses((status = 200, description = "The document.", body = Object)))]
async fn document() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(openapi::document())
}

/// A page to read and try the API.
#[utoipa::path(get, path = "/docs", tag = "documents", operation_id = "docs",
    responses((status = 308, description = "The page is at `/docs/`.")))]
async fn front() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// The files of that page.
#[utoipa::path(get, path = "/docs/{file}", tag = "documents", operation_id = "docs_file",
    params(("file" = String, Path, description = "Its name; by default the page itself.")),
    responses((status = 200, description = "The file.", content_type = "text/html", body = String)))]
async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let config = Arc::new(Config::from("/openapi.json"));
    let found = utoipa_swagger_ui::serve(&name, config);
    let file = found.map_err(|error| Problem::caused(Code::Internal, error.to_string()))?;
    let file = file.ok_or(Code::NotFound)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response
        .content_type(file.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}

/// What each error code means and what to do about it.
#[utoipa::path(get, path = "/docs/errors", tag = "documents", operation_id = "docs_errors",
    responses((status = 200, description = "The page.", content_type = "text/html", body = String)))]
async fn errors() -> HttpResponse {
    let mut rows = String::new();
    for row in codes() {
        let Description { code, status, title, explanation } = row;
        let text = explanation.replace('<', "&lt;");
        // Writing to a text can't fail.
        let _ = writeln!(
            rows,
            "<tr id=\"{code}\"><td>{status}<td><code>{code}</code><td>{title}<td>{text}"
        );
    }
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Errors</title>\n\
         <h1>Errors</h1>\n<table><tr><th>Status<th>Code<th>Title<th>What to do\n{rows}</table>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}
