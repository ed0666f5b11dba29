//! Objects that nothing names any more.

use std::time::Duration;

use platform::bucket::ObjectKey;
use platform::db::Result;

use super::{BATCH, Sweeper, span};

/// How long the writer of an object may take; longer than any upload or conversion may.
const INTENT: Duration = Duration::from_hours(1);
/// When a deleted object is deleted once more, in case a frozen writer brought it back.
const AGAIN: Duration = Duration::from_hours(1);

impl Sweeper {
    /// Deletes what was given up.
    pub(super) async fn collect_objects(&self) -> Result<()> {
        self.end_uploads().await?;
        self.db.abandon_objects(self.db.now() - span(INTENT)).await?;
        for key in self.db.deleting_objects(BATCH).await? {
            if self.delete(&key).await {
                self.db.mark_object_gone(&key).await?;
            }
        }
        for key in self.db.gone_objects(self.db.now() - span(AGAIN), BATCH).await? {
            if self.delete(&key).await {
                self.db.forget_object(&key).await?;
            }
        }
        Ok(())
    }

    /// Ends offers whose time is over: first in the bucket, which takes nothing from then on.
    async fn end_uploads(&self) -> Result<()> {
        for upload in self.db.expired_uploads(BATCH).await? {
            if let Some(session) = &upload.session
                && let Err(error) = self.bucket.withdraw_upload(session).await
            {
                tracing::warn!(upload = %upload.id, %error, "an upload could not be ended");
                continue;
            }
            self.db.drop_upload(&upload).await?;
        }
        Ok(())
    }

    async fn delete(&self, key: &ObjectKey) -> bool {
        match self.bucket.delete(key).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%key, %error, "an object could not be deleted; trying again");
                false
            }
        }
    }
}
