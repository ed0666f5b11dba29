//! Presigned URLs.

use std::time::Duration;

use object_store::signer::{SignedUrlOptions, Signer};

use super::{S3, fault, path};
use crate::bucket::offer::{Download, UploadOffer};
use crate::bucket::{ObjectKey, Result};

impl S3 {
    pub(in crate::bucket) async fn sign(
        &self,
        key: &ObjectKey,
        download: Download<'_>,
    ) -> Result<String> {
        let method = if download.head { http::Method::HEAD } else { http::Method::GET };
        let options = SignedUrlOptions::new().with_query([
            ("response-content-type", download.content_type),
            ("response-content-disposition", download.disposition),
        ]);
        self.presign(key, method, download.life, &options).await
    }

    /// Until it ends the URL can be used again and again, so that an upload is taken over by a copy.
    pub(in crate::bucket) async fn offer(
        &self,
        key: &ObjectKey,
        life: Duration,
    ) -> Result<UploadOffer> {
        let options = SignedUrlOptions::new();
        let url = self.presign(key, http::Method::PUT, life, &options).await?;
        Ok(UploadOffer { url, session: None })
    }

    async fn presign(
        &self,
        key: &ObjectKey,
        method: http::Method,
        life: Duration,
        options: &SignedUrlOptions,
    ) -> Result<String> {
        let signed = self.store.signed_url_opts(method, &path(key), life, options).await;
        let signed = signed.map_err(|error| fault::of_store(error, key).into_error())?;
        Ok(signed.into())
    }
}
