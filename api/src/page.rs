//! The web page: static files in the program.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::endpoint::Endpoint;

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/").get(front),
        Endpoint::at("/app.js").get(script),
        Endpoint::at("/style.css").get(style),
        Endpoint::at("/icon.svg").get(icon),
    ]
}

/// The page runs its own script and style and talks to this server; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The web page.
#[utoipa::path(get, path = "/", tag = "page", operation_id = "page",
    responses((status = 200, description = "The page.", content_type = "text/html", body = String)))]
async fn front() -> HttpResponse {
    file("text/html; charset=utf-8", include_str!("../assets/index.html"))
}

/// The page's script.
#[utoipa::path(get, path = "/app.js", tag = "page", operation_id = "page_script",
    responses((status = 200, description = "The script.", content_type = "text/javascript", body = String)))]
async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("../assets/app.js"))
}

/// The page's style.
#[utoipa::path(get, path = "/style.css", tag = "page", operation_id = "page_style",
    responses((status = 200, description = "The style.", content_type = "text/css", body = String)))]
async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("../assets/style.css"))
}

/// The page's icon.
#[utoipa::path(get, path = "/icon.svg", tag = "page", operation_id = "page_icon",
    responses((status = 200, description = "The icon.", content_type = "image/svg+xml", body = String)))]
async fn icon() -> HttpResponse {
    file("image/svg+xml", include_str!("../assets/icon.svg"))
}

fn file(media_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text)
}
