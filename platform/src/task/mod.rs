//! What a conversion task is, as the database keeps it and every tier reads it.

mod bit_depth;
mod format;
mod options;
mod status;

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

pub use bit_depth::{BitDepth, UnknownBitDepth};
pub use format::{Format, UnknownFormat};
pub use options::ConversionOptions;
pub use status::Status;

use crate::bucket::ObjectKey;
use crate::clock::Time;

/// A task's row. Times are UTC, sizes are bytes.
#[derive(Debug, Clone, FromRow)]
pub struct Task {
    /// Number of the task, the name by which its owner addresses it.
    pub id: i64,
    /// Unguessable name of its files.
    pub file_id: Uuid,
    /// Its owner.
    pub user_id: i64,
    /// The client's own name for the request that made it.
    pub idempotency_key: Option<String>,
    /// The request that made it or changed it last.
    pub request_id: Option<String>,
    /// File name as the user sent it, without folders.
    pub uploaded_filename: String,
    /// What it is to become.
    pub new_format: Format,
    /// How.
    pub options: Json<ConversionOptions>,
    /// Where the upload lies; `None` once its retention ended.
    pub source_key: Option<ObjectKey>,
    /// Bytes of the upload.
    pub source_size: i64,
    /// SHA-256 of the upload, hexadecimal, or [what stands in its place](crate::digest::of_unhashed).
    pub source_digest: String,
    /// Container or codec found in the upload's bytes, once a converter looked at them.
    pub source_format: Option<String>,
    /// Length of the audio in seconds, once known.
    pub duration_seconds: Option<f64>,
    /// Where the result lies.
    pub result_key: Option<ObjectKey>,
    /// Bytes of the result.
    pub result_size: Option<i64>,
    /// SHA-256 of the result, hexadecimal.
    pub result_digest: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// 0 to 100.
    pub progress: i64,
    /// Raised by every change of what is wanted; work for an older one is void.
    pub generation: i64,
    /// Fencing token: raised by every claim, so that only the last claimant can write.
    pub claim: i64,
    /// Claims that were not given back.
    pub attempt: i64,
    /// Leases that lapsed, that is, workers that died on it.
    pub crashes: i64,
    /// Who claimed it.
    pub worker: Option<String>,
    /// Until when that claim holds unless renewed.
    pub lease_until: Option<Time>,
    /// Earliest time of the next claim.
    pub not_before: Time,
    /// Whether it waits for that time.
    pub delayed: bool,
    /// Its place among those that wait: the lowest is claimed first. Microseconds since 1970.
    pub turn: i64,
    /// When its message was sent to the queue; `None` asks the sweeper to do so.
    pub published_at: Option<Time>,
    /// When it was created.
    pub uploaded_at: Time,
    /// When it was last claimed.
    pub started_at: Option<Time>,
    /// When it ended, processed or failed.
    pub processed_at: Option<Time>,
    /// When its files are deleted.
    pub expires_at: Option<Time>,
    /// Why it failed, as a stable code.
    pub error_code: Option<String>,
    /// Why it failed, as a sentence for its owner.
    pub error_message: Option<String>,
}
