//! Resumable uploads (<https://cloud.google.com/storage/docs/performing-resumable-uploads>): a session
//! that takes the bytes of one new object. Its address is all that using it needs, so it is a secret.
//! Each function is one attempt.

use std::io::{Error as IoError, ErrorKind};

use bytes::Bytes;
use reqwest::{Response, header};
use serde::Deserialize;

use super::fault;
use super::rest::{Rest, broken, read, words};
use crate::bucket::retry::Fault;
use crate::bucket::{Error, ObjectKey};

type Result<T> = std::result::Result<T, Fault>;

/// How far an upload is.
pub(super) enum Progress {
    /// So many bytes are kept.
    Kept(u64),
    /// The object is there.
    Stored(Stored),
}

/// What became of an upload.
#[derive(Deserialize)]
pub(super) struct Stored {
    /// Bytes.
    pub(super) size: String,
    /// CRC-32C in Base64, big-endian.
    pub(super) crc32c: Option<String>,
}

impl Rest {
    /// Starts an upload of a new object, of `size` bytes if that is known, and returns where it goes.
    pub(super) async fn start_upload(&self, key: &ObjectKey, size: Option<u64>) -> Result<String> {
        let asked =
            [("uploadType", "resumable"), ("name", key.as_str()), ("ifGenerationMatch", "0")];
        let mut request = self
            .client
            .post(&self.uploads)
            .query(&asked)
            .header("x-upload-content-type", "application/octet-stream")
            .header(header::CONTENT_LENGTH, 0);
        if let Some(size) = size {
            request = request.header("x-upload-content-length", size);
        }
        let response = self.send(request, key).await?;
        let place = response.headers().get(header::LOCATION);
        let place = place.and_then(|place| place.to_str().ok()).map(str::to_owned);
        place.ok_or_else(|| Fault::broken(ErrorKind::InvalidData, "the answer names no place"))
    }

    /// Sends the bytes from `start` on. `total`: these are the last.
    pub(super) async fn upload(
        &self,
        place: &str,
        start: u64,
        bytes: Bytes,
        total: Option<u64>,
    ) -> Result<Progress> {
        let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
        let range = match bytes.len() as u64 {
            0 => format!("bytes */{total}"),
            count => format!("bytes {start}-{}/{total}", start + count - 1),
        };
        let request = self.client.put(place).header(header::CONTENT_RANGE, range).body(bytes);
        progress(request.send().await.map_err(broken)?).await
    }

    /// Ends an upload that was started.
    pub(super) async fn cancel_upload(&self, place: &str) -> Result<()> {
        let request = self.client.delete(place).header(header::CONTENT_LENGTH, 0);
        let response = request.send().await.map_err(broken)?;
        match response.status().as_u16() {
            // "Client closed request" is how the service says that it did.
            200..=299 | 404 | 410 | 499 => Ok(()),
            status => Err(lasting(fault::of_status(status, &ObjectKey::probe(), ""))),
        }
    }
}

async fn progress(response: Response) -> Result<Progress> {
    match response.status().as_u16() {
        200..=299 => read(response).await.map(Progress::Stored),
        308 => Ok(Progress::Kept(kept(&response))),
        status => {
            let words = words(response).await;
            Err(lasting(fault::of_status(status, &ObjectKey::probe(), &words)))
        }
    }
}

/// That there is no such session does not mean that there is no such object.
fn lasting(fault: Fault) -> Fault {
    match fault {
        Fault::Lasting(Error::NotFound(_)) => {
            Fault::Lasting(Error::Io(IoError::other("the upload's session is gone")))
        }
        fault => fault,
    }
}

/// Bytes that are kept: `Range: bytes=0-LAST`, or no such header when there are none.
fn kept(response: &Response) -> u64 {
    let range = response.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
    let last = range.and_then(|range| range.rsplit_once('-')?.1.parse::<u64>().ok());
    last.map_or(0, |last| last + 1)
}
