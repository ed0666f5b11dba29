//! What has to be done now and then: files whose retention ended, rows that nobody needs.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use platform::db::Result;

use super::{BATCH, Sweeper};

/// Time between two rounds.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long the record of a mail is kept.
const MAIL_RECORD: TimeDelta = TimeDelta::days(7);
/// How long a silent converter is remembered.
const CONVERTER_RECORD: TimeDelta = TimeDelta::days(1);

impl Sweeper {
    /// Does so when it is time, and has the database's clock read anew.
    pub(super) async fn keep_house(&mut self) -> Result<()> {
        if self.housekept.is_some_and(|last| last.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.db.ping().await?;
        let now = self.db.now();
        self.db.expire_tasks(BATCH).await?;
        self.db.forget_expired_tokens().await?;
        self.db.forget_used_uploads().await?;
        self.db.forget_notices(now - MAIL_RECORD).await?;
        self.db.forget_silent_converters(now - CONVERTER_RECORD).await?;
        self.housekept = Some(Instant::now());
        Ok(())
    }
}
