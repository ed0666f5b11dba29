//! The broker and the database go away and come back.

use std::time::Duration;

use rustix::process::Signal;

use super::Injector;
use crate::journal::{Entry, Figure};
use crate::plan::Ending;
use crate::{Result, wait_until};

/// What the sweeper says of each lease that lapsed.
const LAPSED: &str = "a worker left its task";
/// Beyond the lease, for a sweep to come round.
const SWEEP: Duration = Duration::from_secs(2);
/// Longest wait for what was left over to be published.
const PUBLISHED: Duration = Duration::from_mins(2);

const UNPUBLISHED: &str = "select count(*) from tasks where status = 'uploaded' \
    and published_at is null and not_before < $1";

const ABANDONED: &str = "select count(*) from tasks where status = 'processing' \
    and worker <> all($1)";

impl Injector {
    pub(super) async fn broker(&self, time: u64) -> Result<()> {
        let mut broker = self.site.broker.lock().await;
        broker.kill();
        tokio::time::sleep(Duration::from_millis(time)).await;
        broker.resume().await?;
        drop(broker);
        let start = self.site.journal.now();
        let back: sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc> =
            sqlx::query_scalar("select clock_timestamp()").fetch_one(&self.site.pool).await?;
        wait_until(PUBLISHED, async || {
            let count = sqlx::query_scalar(UNPUBLISHED).bind(back).fetch_one(&self.site.pool).await;
            matches!(count, Ok(0_i64))
        })
        .await;
        self.measured(Figure::BrokerToPublished, start);
        Ok(())
    }

    pub(super) async fn postgres(&self, ending: Ending, time: u64) -> Result<()> {
        self.settle_leases().await?;
        let before = self.lapsed();
        let mut postgres = self.site.postgres.lock().await;
        let start = self.site.journal.now();
        postgres
            .end(match ending {
                Ending::Crash => Signal::KILL,
                Ending::Immediate => Signal::QUIT,
                Ending::Fast => Signal::INT,
            })
            .await?;
        tokio::time::sleep(Duration::from_millis(time)).await;
        postgres.resume().await?;
        drop(postgres);
        self.measured(Figure::PostgresAway, start);
        tokio::time::sleep(self.site.lease + SWEEP).await;
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let value = self.lapsed().saturating_sub(before) as f64;
        let end = self.site.journal.now();
        self.site.journal.note(&Entry::Measured {
            figure: Figure::PostgresLapsed,
            value,
            start,
            end,
        });
        Ok(())
    }

    /// Waits until no task is held by a worker that is gone, so that none lapses for that.
    async fn settle_leases(&self) -> Result<()> {
        let settled = wait_until(self.site.lease * 3, async || {
            let workers: Vec<_> =
                self.site.converters.iter().filter_map(|it| it.worker()).collect();
            let count =
                sqlx::query_scalar(ABANDONED).bind(workers).fetch_one(&self.site.pool).await;
            matches!(count, Ok(0_i64))
        });
        settled.await.then_some(()).ok_or("dead workers' tasks did not lapse".into())
    }

    fn lapsed(&self) -> usize {
        self.site.converters.iter().map(|member| member.count_in_log(LAPSED)).sum()
    }
}
