//! The form of an upload: one file, or the name of one that was put into the bucket, and small
//! fields, in any order, read as they arrive.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, web};
use futures_util::{Stream, StreamExt};
use metrics::counter;
use platform::config::Config;

use super::name::FileName;
use super::store::{Intake, Upload};
use super::wishes::{Wishes, duplicate, missing};
use crate::problem::{Code, Problem};
use crate::request::body::refuse_encoded;

/// The field that holds the file; older clients call it so.
const FILE: &str = "fileName";

/// The field that names a file which is in the bucket already.
pub(super) const OFFERED: &str = "upload_id";

/// Most bytes of any other field.
const LARGEST_TEXT: usize = 4096;

/// Room for the other fields and the headers between them when only the whole length is known.
const OVERHEAD: u64 = 64 * 1024;

/// Bounds of an upload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Most bytes of the file.
    pub(crate) size: u64,
    /// Longest silence.
    pub(crate) idle: Duration,
}

impl Bounds {
    /// As configured.
    pub(crate) fn of(config: &Config) -> Self {
        Self { size: config.max_upload_size.as_u64(), idle: config.upload_idle_timeout }
    }
}

/// A form that has not been read yet.
pub(super) struct Form {
    parts: Multipart,
    bounds: Bounds,
}

/// A form that was read.
pub(super) struct Filled {
    pub(super) wishes: Wishes,
    pub(super) source: Source,
}

/// What is to be converted.
pub(super) enum Source {
    /// A file that came with the form.
    File(FileName, Upload),
    /// The name of an upload.
    Offered(String),
}

impl Form {
    /// Whether the request's body is such a form.
    pub(super) fn is_form(request: &HttpRequest) -> bool {
        request.content_type().eq_ignore_ascii_case("multipart/form-data")
    }

    /// Looks at the headers alone, so that what can't be taken is refused before it is sent.
    pub(super) fn open(
        request: &HttpRequest,
        payload: web::Payload,
        bounds: Bounds,
    ) -> Result<Self, Problem> {
        refuse_encoded(request)?;
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > bounds.size.saturating_add(OVERHEAD)) {
            return Err(too_large(bounds.size));
        }
        let parts = Multipart::new(request.headers(), payload.into_inner());
        Ok(Self { parts, bounds })
    }

    /// Reads every field; the file goes to the intake that `open_intake` gives.
    pub(super) async fn read(
        mut self,
        open_intake: impl Fn() -> Intake,
    ) -> Result<Filled, Problem> {
        let mut wishes = Wishes::default();
        let mut source = None;
        while let Some(mut field) = next(&mut self.parts, self.bounds.idle).await? {
            match field.name().map(str::to_owned).as_deref() {
                Some(name @ (FILE | OFFERED)) if source.is_some() => return Err(duplicate(name)),
                Some(FILE) => {
                    let name = file_name(&field);
                    let upload = self.receive(&mut field, open_intake()).await?;
                    source = Some(Source::File(name, upload));
                }
                Some(OFFERED) => {
                    source = Some(Source::Offered(self.text(OFFERED, &mut field).await?));
                }
                Some(name) => wishes.set(name, &self.text(name, &mut field).await?)?,
                None => return Err(malformed()),
            }
        }
        Ok(Filled { wishes, source: source.ok_or_else(|| missing(FILE))? })
    }

    async fn receive(&self, field: &mut Field, mut intake: Intake) -> Result<Upload, Problem> {
        let mut size = 0;
        while let Some(bytes) = next(field, self.bounds.idle).await? {
            size += bytes.len() as u64;
            counter!("upload_bytes_total").increment(bytes.len() as u64);
            if size > self.bounds.size {
                return Err(too_large(self.bounds.size));
            }
            if !intake.take(&bytes).await {
                break;
            }
        }
        let upload = intake.finish().await?;
        if upload.size == 0 { Err(Code::EmptyFile.into()) } else { Ok(upload) }
    }

    async fn text(&self, name: &str, field: &mut Field) -> Result<String, Problem> {
        let mut text = Vec::new();
        while let Some(bytes) = next(field, self.bounds.idle).await? {
            if text.len() + bytes.len() > LARGEST_TEXT {
                let name: String = name.chars().take(40).collect();
                let detail = format!("The field {name} has more than {LARGEST_TEXT} bytes.");
                return Err(Problem::new(Code::BodyTooLarge, detail));
            }
            text.extend_from_slice(&bytes);
        }
        String::from_utf8(text).map_err(|_| malformed())
    }
}

/// The next part or piece, unless the client is silent for too long.
async fn next<S, T>(stream: &mut S, idle: Duration) -> Result<Option<T>, Problem>
where
    S: Stream<Item = Result<T, MultipartError>> + Unpin,
{
    let item = tokio::time::timeout(idle, stream.next()).await.map_err(|_| silent(idle));
    item?.transpose().map_err(|error| refused(&error))
}

fn file_name(field: &Field) -> FileName {
    let disposition = field.content_disposition();
    let extended = disposition.and_then(|it| it.get_filename_ext());
    let extended = extended.and_then(|name| String::from_utf8(name.value.clone()).ok());
    let plain = disposition.and_then(|it| it.get_filename());
    FileName::sanitised(extended.as_deref().or(plain).unwrap_or_default())
}

fn refused(error: &MultipartError) -> Problem {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => Code::UnsupportedMediaType.into(),
        MultipartError::BoundaryMissing => {
            Problem::new(Code::MalformedBody, "The form's boundary is missing or wrong.")
        }
        _ => malformed(),
    }
}

fn malformed() -> Problem {
    Problem::new(Code::MalformedBody, "The form broke off, or a part of it can't be read.")
}

/// The client sent nothing for so long.
pub(crate) fn silent(idle: Duration) -> Problem {
    let detail = format!("Nothing arrived for {} seconds.", idle.as_secs_f32());
    Problem::new(Code::RequestTimeout, detail)
}

/// The file has more bytes than are allowed.
pub(crate) fn too_large(most: u64) -> Problem {
    let detail = format!("The file must have at most {most} bytes.");
    Problem::new(Code::UploadTooLarge, detail)
}
