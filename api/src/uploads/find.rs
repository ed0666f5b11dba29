//! Whether a task can still be made of an upload.

use platform::clock::Time;
use platform::db::Upload;

use super::owned;
use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::state::Shared;

/// An upload that stands and was not used.
pub(crate) struct OpenUpload(Upload);

impl OpenUpload {
    /// That upload, or why it is none.
    pub(super) fn of(row: Upload, now: Time) -> Result<Self, Problem> {
        match &row {
            row if row.task_id.is_some() => Err(Code::UploadUsed.into()),
            row if row.expires_at <= now => Err(Code::UploadExpired.into()),
            _ => Ok(Self(row)),
        }
    }

    pub(crate) fn row(&self) -> &Upload {
        &self.0
    }
}

/// The caller's upload of this name, if it stands and was not used.
pub(crate) async fn find(state: &Shared, caller: Caller, id: &str) -> Result<OpenUpload, Problem> {
    OpenUpload::of(owned(state, caller, id).await?, state.seams.db.now())
}
