//! Sending a client to the bucket, so that the bytes do not pass through this process.

use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use platform::bucket::Download;
use tracing::warn;

use super::content::Content;
use super::disposition;
use crate::state::Shared;

/// The redirection, on a bucket that signs URLs. Where signing fails the bytes are served by us.
pub(super) async fn to_bucket(
    state: &Shared,
    content: &Content,
    method: &Method,
) -> Option<HttpResponse> {
    if !state.config.signed_urls {
        return None;
    }
    let download = Download {
        head: method == Method::HEAD,
        content_type: content.media_type,
        disposition: &disposition::attachment(&content.name),
        life: state.config.signed_url_lifetime,
    };
    match state.seams.bucket.sign(&content.key, download).await {
        Ok(url) => Some(found(&url?)),
        Err(error) => {
            warn!(%error, "no URL could be signed, so that the file is served by the API");
            None
        }
    }
}

/// It ends before long, and whoever has it can read the file, so that nobody may keep it.
fn found(url: &str) -> HttpResponse {
    let mut response = HttpResponse::Found();
    response.insert_header((header::LOCATION, url));
    response.insert_header((header::CACHE_CONTROL, "private, no-store"));
    response.finish()
}
