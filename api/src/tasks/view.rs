//! A task as its owner sees it.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use platform::link;
use platform::task::{ConversionOptions, Format, Status, Task};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::name::FileName;
use crate::state::Shared;

/// A conversion task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub(crate) struct TaskView {
    /// Number of the task, below 2^53; later tasks have higher ones.
    #[schema(example = 255_310_118_912_000_i64)]
    id: i64,
    /// Unguessable name of its files.
    file_id: Uuid,
    #[schema(value_type = StatusName)]
    status: Status,
    /// How much of the conversion is done, in percent.
    #[schema(minimum = 0, maximum = 100)]
    progress: i64,
    user_id: i64,
    /// When it was made; the same as `uploaded_at`.
    timestamp: DateTime<Utc>,
    #[schema(value_type = FormatName)]
    new_format: Format,
    #[schema(value_type = Options)]
    options: ConversionOptions,
    /// The file's name as it was uploaded, without folders.
    #[schema(example = "song.flac")]
    uploaded_filename: String,
    /// Name under which the upload can be fetched again; null once it is no longer kept.
    #[schema(example = "song.flac")]
    original_file: Option<String>,
    /// What the upload's bytes turned out to be; null until a converter has looked at them.
    #[schema(example = "flac")]
    original_format: Option<String>,
    /// Bytes of the upload.
    original_size: i64,
    /// Name under which the result can be fetched; null while there is none.
    #[schema(example = "song.mp3")]
    processed_file: Option<String>,
    /// Format of the result; null while there is none.
    #[schema(value_type = Option<FormatName>)]
    processed_format: Option<Format>,
    /// Bytes of the result; null while there is none.
    processed_size: Option<i64>,
    uploaded_at: DateTime<Utc>,
    /// When its conversion started; null while it waits.
    started_at: Option<DateTime<Utc>>,
    /// When it ended, well or not; null before.
    processed_at: Option<DateTime<Utc>>,
    /// When its files are deleted; null until it ended.
    expires_at: Option<DateTime<Utc>>,
    /// How often its conversion was tried.
    attempts: i64,
    /// Why it failed; null unless it did.
    error: Option<TaskError>,
    /// Length of the audio; null until it is known.
    duration_seconds: Option<f64>,
    /// Where the result can be fetched, relative to this server: for one to two hours by whoever
    /// has this address, and with a login as long as it is kept. Null while there is no result.
    #[schema(example = "/api/files/0f8fad5b-d9cb-469f-a165-70867728950e?token=…")]
    download_url: Option<String>,
}

/// Why a task failed.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskError {
    /// Names the reason for programs; stable.
    #[schema(example = "unrecognised_format")]
    code: String,
    /// The reason and what to do, in a sentence.
    message: String,
}

/// Where a task stands.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the names of platform's states for the document")]
pub(crate) enum StatusName {
    Uploaded,
    Processing,
    Processed,
    Failed,
}

/// A format to convert to.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the names of platform's formats for the document")]
pub(crate) enum FormatName {
    Mp3,
    Aac,
    Ogg,
    Wav,
    Wma,
}

/// Bits per sample, as integers or as floating point of 32 bits.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the names of platform's bit depths for the document")]
pub(crate) enum BitDepthName {
    #[schema(rename = "16")]
    Int16,
    #[schema(rename = "24")]
    Int24,
    #[schema(rename = "32")]
    Int32,
    #[schema(rename = "float")]
    Float,
}

/// How the conversion is to be done; what is left out follows the upload.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes platform's options for the document")]
pub(crate) struct Options {
    /// Bits per second of a compressed result; also `128k`.
    #[schema(nullable = false, minimum = 8000, maximum = 1_024_000)]
    bitrate: Option<u32>,
    /// Samples per second.
    #[schema(nullable = false, minimum = 4000, maximum = 384_000)]
    sample_rate: Option<u32>,
    #[schema(nullable = false, minimum = 1, maximum = 8)]
    channels: Option<u16>,
    /// Sample format of a wav.
    #[schema(nullable = false)]
    bit_depth: Option<BitDepthName>,
    /// Where in the upload the result starts, in seconds.
    #[schema(nullable = false, minimum = 0, maximum = 10_000_000)]
    trim_start: Option<f64>,
    /// Where in the upload the result ends, in seconds from the upload's start.
    #[schema(nullable = false, exclusive_minimum = 0, maximum = 10_000_000)]
    trim_end: Option<f64>,
    /// Change of level in dB.
    #[schema(nullable = false, minimum = -120, maximum = 60)]
    gain: Option<f64>,
    /// Whether title, artist and the like are carried over; by default they are.
    #[schema(nullable = false)]
    keep_tags: Option<bool>,
    /// Whether the cover is carried over; by default it is.
    #[schema(nullable = false)]
    keep_art: Option<bool>,
}

impl TaskView {
    pub(crate) fn of(task: &Task, state: &Shared) -> Self {
        let has_result = task.status == Status::Processed && task.result_key.is_some();
        let name = FileName::sanitised(&task.uploaded_filename);
        let processed = name.converted(task.new_format.name());
        Self {
            id: task.id,
            file_id: task.file_id,
            status: task.status,
            progress: task.progress,
            user_id: task.user_id,
            timestamp: task.uploaded_at,
            new_format: task.new_format,
            options: task.options.0.clone(),
            original_file: task.source_key.as_ref().map(|_| name.as_str().to_owned()),
            original_format: task.source_format.clone(),
            original_size: task.source_size,
            processed_file: has_result.then(|| processed.as_str().to_owned()),
            processed_format: has_result.then_some(task.new_format),
            processed_size: task.result_size.filter(|_| has_result),
            uploaded_at: task.uploaded_at,
            started_at: task.started_at,
            processed_at: task.processed_at,
            expires_at: task.expires_at,
            attempts: task.attempt,
            error: error(task),
            duration_seconds: task.duration_seconds,
            download_url: has_result.then(|| download_url(task, state)),
            uploaded_filename: task.uploaded_filename.clone(),
        }
    }
}

fn error(task: &Task) -> Option<TaskError> {
    let code = task.error_code.clone().filter(|_| task.status == Status::Failed)?;
    Some(TaskError { code, message: task.error_message.clone().unwrap_or_default() })
}

/// Signed, so that a browser can save the file itself, however large; to the full hour, so that
/// it does not change with every look at the task.
fn download_url(task: &Task, state: &Shared) -> String {
    let hour = TimeDelta::hours(1);
    let now = state.seams.db.now();
    let until = now.duration_trunc(hour).unwrap_or(now) + hour * 2;
    let path = format!("/api/files/{}", task.file_id);
    match link::sign(&state.seams.secret, task.file_id, until) {
        Ok(token) => format!("{path}?token={token}"),
        Err(_) => path,
    }
}
