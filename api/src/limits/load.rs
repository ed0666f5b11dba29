//! How much work waits, asked of the database at most once a second, and counted there by one
//! process for all of them.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use platform::db::{Db, Depth};
use tokio::sync::Mutex;

use crate::problem::{Code, Problem};

/// How old an answer may be.
const FRESH: Duration = Duration::from_secs(1);

/// How old it may be when another process counted.
const COUNTED: TimeDelta = TimeDelta::seconds(1);

/// The last answer of the database; those who ask while it is fetched wait for it together.
#[derive(Default)]
pub(crate) struct Load {
    last: Mutex<Option<(Instant, Depth)>>,
}

impl Load {
    /// How much work waits.
    pub(crate) async fn depth(&self, db: &Db) -> Result<Depth, Problem> {
        let mut last = self.last.lock().await;
        if let Some((read, depth)) = *last
            && read.elapsed() < FRESH
        {
            return Ok(depth);
        }
        let depth = db.recent_queue_depth(COUNTED).await?;
        *last = Some((Instant::now(), depth));
        Ok(depth)
    }

    /// Refuses new work when `most` or more waits.
    pub(crate) async fn admit(&self, db: &Db, most: usize) -> Result<(), Problem> {
        let waiting = usize::try_from(self.depth(db).await?.waiting).unwrap_or(0);
        if waiting < most {
            return Ok(());
        }
        Err(Problem::from(Code::QueueFull).retry_after(Duration::from_secs(30)))
    }
}
