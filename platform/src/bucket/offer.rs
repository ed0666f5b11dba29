//! Ways past us: URLs by which a client reads or writes one object in the bucket itself.

use std::time::Duration;

/// How an object is to be read by a signed URL.
#[derive(Debug, Clone, Copy)]
pub struct Download<'a> {
    /// For a HEAD in place of a GET; the method is part of what is signed.
    pub head: bool,
    /// The `Content-Type` of the answer.
    pub content_type: &'a str,
    /// The `Content-Disposition` of the answer (RFC 6266).
    pub disposition: &'a str,
    /// How long the URL works, in whole seconds.
    pub life: Duration,
}

/// Where a client may PUT the bytes of one object. Whoever knows the URL may do so.
#[derive(Clone)]
pub struct UploadOffer {
    /// Where.
    pub url: String,
    /// What there is to be given back when the offer ends, unless it ends by itself.
    pub session: Option<String>,
}

impl std::fmt::Debug for UploadOffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadOffer").finish_non_exhaustive()
    }
}
