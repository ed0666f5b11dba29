//! How much work waits, asked of the database at most once a second.

use std::time::{Duration, Instant};

use platform::db::{Db, Depth};
use tokio::sync::Mutex;

use crate::problem::{Code, Problem};

/// How old an answer may be. Counting costs more the more there is to count.
const FRESH: Duration = Duration::from_secs(1);

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
        let depth = db.queue_depth().await?;
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
