//! The JSON API of Google Cloud Storage, as far as the crate leaves it to us. Each function is one
//! attempt.

use std::io::ErrorKind;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::{Extensions, HeaderMap};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, RequestBuilder, Response, header};
use serde::Deserialize;

use super::fault;
use crate::bucket::retry::{ATTEMPT, CONNECT, Fault};
use crate::bucket::{Error, ObjectKey};

type Result<T> = std::result::Result<T, Fault>;

/// What stays as it is in a part of a path (RFC 3986 § 2.3).
pub(super) const PART: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Most characters of an error's words that are kept.
const WORDS: usize = 300;

/// A client of the JSON API for one bucket.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    pub(super) client: Client,
    credentials: Credentials,
    /// Address of the bucket's objects.
    objects: String,
    /// Where uploads to it begin.
    pub(super) uploads: String,
}

#[derive(Deserialize)]
struct Metadata {
    size: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rewritten {
    done: bool,
    rewrite_token: Option<String>,
}

impl Rest {
    pub(super) fn new(
        endpoint: &str,
        bucket: &str,
        credentials: Credentials,
    ) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ATTEMPT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let objects = format!("{endpoint}/storage/v1/b/{}/o", encoded(bucket));
        let uploads = format!("{endpoint}/upload/storage/v1/b/{}/o", encoded(bucket));
        Ok(Self { client, credentials, objects, uploads })
    }

    /// Bytes of an object.
    pub(super) async fn size(&self, key: &ObjectKey) -> Result<u64> {
        let request = self.client.get(self.object(key)).query(&[("fields", "size")]);
        let found: Metadata = read(self.send(request, key).await?).await?;
        found.size.parse().map_err(|error| Fault::broken(ErrorKind::InvalidData, error))
    }

    /// Deletes an object.
    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<()> {
        self.send(self.client.delete(self.object(key)), key).await.map(|_| ())
    }

    /// Copies a part of an object; the answer says how to go on, if there is more.
    pub(super) async fn rewrite(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        token: Option<&str>,
    ) -> Result<Option<String>> {
        let bucket = self.objects.rsplit('/').nth(1).unwrap_or_default();
        let to = encoded(to.as_str());
        let address = format!("{}/rewriteTo/b/{bucket}/o/{to}", self.object(from));
        let mut request = self.client.request(Method::POST, address);
        request = request.query(&[("fields", "done,rewriteToken")]);
        if let Some(token) = token {
            request = request.query(&[("rewriteToken", token)]);
        }
        let request = request.header(header::CONTENT_LENGTH, 0);
        let rewritten: Rewritten = read(self.send(request, from).await?).await?;
        Ok(rewritten.rewrite_token.filter(|_| !rewritten.done))
    }

    /// Asks for the names of a few objects, which needs the right to do so and the bucket.
    pub(super) async fn list_one(&self) -> Result<()> {
        let asked = [("maxResults", "1"), ("prefix", "probe/"), ("fields", "kind")];
        let request = self.client.get(&self.objects).query(&asked);
        let none = ObjectKey::probe();
        match self.send(request, &none).await {
            Err(Fault::Lasting(Error::NotFound(_))) => {
                let error = std::io::Error::new(ErrorKind::NotFound, "there is no such bucket");
                Err(Fault::Lasting(Error::Io(error)))
            }
            answer => answer.map(|_| ()),
        }
    }

    pub(super) async fn send(&self, request: RequestBuilder, key: &ObjectKey) -> Result<Response> {
        let request = request.headers(self.authorization().await?);
        let response = request.send().await.map_err(broken)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        Err(fault::of_status(status, key, &words(response).await))
    }

    async fn authorization(&self) -> Result<HeaderMap> {
        match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // It is said only to those who show that they have the headers already.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => {
                let passing = error.is_transient();
                let error = std::io::Error::new(ErrorKind::PermissionDenied, error);
                let error = Error::Io(error);
                Err(if passing { Fault::Passing(error) } else { Fault::Lasting(error) })
            }
        }
    }

    fn object(&self, key: &ObjectKey) -> String {
        format!("{}/{}", self.objects, encoded(key.as_str()))
    }
}

fn encoded(part: &str) -> String {
    utf8_percent_encode(part, &PART).to_string()
}

/// The first words of an error's body, which may be of any length.
pub(super) async fn words(mut response: Response) -> String {
    let chunk = response.chunk().await.ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&chunk).chars().take(WORDS).collect()
}

pub(super) async fn read<T: for<'a> Deserialize<'a>>(response: Response) -> Result<T> {
    response.json().await.map_err(broken)
}

/// The address is not shown, since it may hold what nobody else may know.
pub(super) fn broken(error: reqwest::Error) -> Fault {
    let kind = if error.is_timeout() { ErrorKind::TimedOut } else { ErrorKind::Other };
    let error = std::io::Error::new(kind, error.without_url());
    Fault::Passing(Error::Io(error))
}
