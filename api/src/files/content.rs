//! Which bytes a task has to give, and what they are.

use platform::bucket::ObjectKey;
use platform::clock::Time;
use platform::task::{Format, Status, Task};

use crate::problem::{Code, Problem};
use crate::tasks::name::FileName;

/// Which of a task's two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Result,
    Original,
}

/// A file that can be fetched.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) key: ObjectKey,
    pub(super) size: u64,
    /// The digest in quotes: equal bytes, equal tag.
    pub(super) etag: String,
    pub(super) name: FileName,
    pub(super) media_type: &'static str,
}

impl Content {
    /// The file, or why there is none.
    pub(super) fn of(task: &Task, which: Which, now: Time) -> Result<Self, Problem> {
        let name = FileName::sanitised(&task.uploaded_filename);
        let expired = task.expires_at.is_some_and(|end| end <= now);
        let key = task.source_key.clone().filter(|_| !expired);
        match which {
            Which::Original => Ok(Self {
                key: key.ok_or(Code::Expired)?,
                size: size(task.source_size)?,
                etag: etag(&task.source_digest),
                media_type: media_type(task.source_format.as_deref(), &name),
                name,
            }),
            Which::Result => {
                check_status(task)?;
                key.ok_or(Code::Expired)?;
                Ok(Self {
                    key: task.result_key.clone().ok_or(Code::Expired)?,
                    size: size(task.result_size.ok_or(Code::Internal)?)?,
                    etag: etag(task.result_digest.as_deref().ok_or(Code::Internal)?),
                    name: name.converted(task.new_format.name()),
                    media_type: task.new_format.media_type(),
                })
            }
        }
    }
}

fn check_status(task: &Task) -> Result<(), Problem> {
    match task.status {
        Status::Processed => Ok(()),
        Status::Uploaded | Status::Processing => Err(Code::NotReady.into()),
        Status::Failed => {
            let words = task.error_message.clone();
            let problem = match words {
                Some(words) => Problem::new(Code::ConversionFailed, words),
                None => Code::ConversionFailed.into(),
            };
            Err(match &task.error_code {
                Some(code) => problem.with_foreign_code(code.clone()),
                None => problem,
            })
        }
    }
}

fn size(bytes: i64) -> Result<u64, Problem> {
    u64::try_from(bytes).map_err(|error| Problem::caused(Code::Internal, error))
}

fn etag(digest: &str) -> String {
    format!("\"{digest}\"")
}

/// The type of an upload: by what a converter found in it, or else by its name. A wrong one does
/// no harm, since browsers are told neither to guess nor to show it.
fn media_type(found: Option<&str>, name: &FileName) -> &'static str {
    let extension = name.extension();
    match found.map(str::to_ascii_lowercase).as_deref().unwrap_or(&extension) {
        "m4a" | "mp4" => "audio/mp4",
        "flac" => "audio/flac",
        "oga" | "vorbis" => "audio/ogg",
        "adts" | "loas" => "audio/aac",
        name => name.parse().map_or("application/octet-stream", Format::media_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_what_was_found_in_it_and_else_what_its_name_says() {
        let of = |found, name| media_type(found, &FileName::sanitised(name));
        assert_eq!(of(Some("flac"), "song.mp3"), "audio/flac");
        assert_eq!(of(None, "song.MP3"), "audio/mpeg");
        assert_eq!(of(None, "page.html"), "application/octet-stream");
        assert_eq!(of(None, "song"), "application/octet-stream");
    }
}
