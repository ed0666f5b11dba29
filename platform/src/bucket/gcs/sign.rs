//! V4 signed URLs (<https://cloud.google.com/storage/docs/authentication/signatures>). The crate makes
//! them too, but leaves `*` as it is in parameters, which is in every `filename*=` and has to be
//! encoded before it is signed.

use std::collections::BTreeMap;

use google_cloud_auth::signer::{Signer, SigningError};
use percent_encoding::utf8_percent_encode;

use super::rest::PART;
use crate::bucket::offer::Download;
use crate::clock::Time;
use crate::digest::{Checksum, hexadecimal};

const ALGORITHM: &str = "GOOG4-RSA-SHA256";

/// What an URL leads to.
pub(super) struct Target<'a> {
    /// `http://HOST:PORT` or `https://HOST`.
    pub(super) endpoint: &'a str,
    /// Name of the bucket.
    pub(super) bucket: &'a str,
    /// Name of the object, which needs no encoding.
    pub(super) object: &'a str,
}

/// The URL, signed at the time `now`.
pub(super) async fn sign(
    target: &Target<'_>,
    download: Download<'_>,
    signer: &Signer,
    now: Time,
) -> Result<String, SigningError> {
    let signing = Signing::new(target, download, &signer.client_email().await?, now);
    let signature = signer.sign(signing.text().into_bytes()).await?;
    let signature = hexadecimal(&signature);
    let (endpoint, path, query) = (target.endpoint, &signing.path, &signing.query);
    Ok(format!("{endpoint}{path}?{query}&X-Goog-Signature={signature}"))
}

struct Signing {
    method: &'static str,
    host: String,
    path: String,
    query: String,
    date: String,
    scope: String,
}

impl Signing {
    fn new(target: &Target<'_>, download: Download<'_>, email: &str, now: Time) -> Self {
        let date = now.format("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{}/auto/storage/goog4_request", now.format("%Y%m%d"));
        let parameters = BTreeMap::from([
            ("X-Goog-Algorithm", ALGORITHM.to_owned()),
            ("X-Goog-Credential", format!("{email}/{scope}")),
            ("X-Goog-Date", date.clone()),
            ("X-Goog-Expires", download.life.as_secs().to_string()),
            ("X-Goog-SignedHeaders", "host".to_owned()),
            ("response-content-disposition", download.disposition.to_owned()),
            ("response-content-type", download.content_type.to_owned()),
        ]);
        let pairs = parameters.iter().filter(|(_, value)| !value.is_empty());
        let pairs =
            pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, &PART)));
        Self {
            method: if download.head { "HEAD" } else { "GET" },
            host: target.endpoint.split_once("://").map_or("", |(_, host)| host).to_owned(),
            path: format!("/{}/{}", target.bucket, target.object),
            query: pairs.collect::<Vec<_>>().join("&"),
            date,
            scope,
        }
    }

    /// What is signed.
    fn text(&self) -> String {
        let Self { method, host, path, query, date, scope } = self;
        let request = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let mut checksum = Checksum::default();
        checksum.update(request.as_bytes());
        format!("{ALGORITHM}\n{date}\n{scope}\n{}", checksum.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// "Simple GET" of the vectors that Google publishes for its libraries (`v4_signatures.json`).
    #[test]
    fn what_is_signed_is_what_google_would_sign() {
        let target = Target {
            endpoint: "https://storage.googleapis.com",
            bucket: "test-bucket",
            object: "test-object",
        };
        let life = Duration::from_secs(10);
        let download = Download { head: false, content_type: "", disposition: "", life };
        let email = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";
        let now = "2019-02-01T09:00:00Z".parse().unwrap();
        assert_eq!(
            Signing::new(&target, download, email, now).text(),
            "GOOG4-RSA-SHA256\n20190201T090000Z\n20190201/auto/storage/goog4_request\n\
             00e2fb794ea93d7adb703edaebdd509821fcc7d4f1a79ac5c8d2b394df109320"
        );
    }
}
