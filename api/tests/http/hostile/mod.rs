//! Requests that nobody honest sends. Each is answered with a problem of 4xx: never with 5xx,
//! never with silence.

mod bodies;
mod framing;
mod names;
mod tokens;

use reqwest::{RequestBuilder, Response};

use crate::app::{App, any_problem};

/// Asserts that the answer refuses, in the form in which everything is refused.
async fn refused(what: &str, request: RequestBuilder) {
    let response = request.send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    refused_with(what, response).await;
}

async fn refused_with(what: &str, response: Response) {
    let status = response.status();
    assert!(status.is_client_error(), "{what}: {status}");
    any_problem(response).await;
}

/// Asserts that the server still does what it is for.
async fn still_works(app: &App) {
    let token = app.sign_up("survivor").await;
    app.upload(&token, "a.mp3", "ogg").await;
}
