//! Faults of one process or one link, or of the weather.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::Injector;
use crate::journal::Figure;
use crate::plan::{Break, Place};
use crate::site::{Passage, Server};
use crate::{Result, wait_until};

/// Longest wait for a process to be there again.
const BACK: Duration = Duration::from_mins(1);
/// How long a converter is watched for something to do before it is killed idle.
const WORK: Duration = Duration::from_secs(3);
/// Crashes after which a task is not brought to another: the next one would be its last, and only
/// the file that takes its workers down may end so.
const SPARED: i64 = 2;
/// Longest wait for the end of a measurement.
const PATIENCE: Duration = Duration::from_mins(2);

/// The last claim of a task, and whether it is held.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Hold {
    pub(super) id: i64,
    pub(super) claim: i64,
    pub(super) status: String,
    pub(super) worker: Option<String>,
    pub(super) crashes: i64,
}

const HELD_BY: &str = "select id, claim, status, worker, crashes from tasks \
    where status = 'processing' and worker = $1";

const HOLD: &str = "select id, claim, status, worker, crashes from tasks where id = $1";

impl Injector {
    pub(super) async fn kill_api(&self, api: usize) -> Result<()> {
        let member = &self.site.apis[api];
        member.signal(Signal::KILL);
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.site.all_ready().await
    }

    pub(super) async fn kill_converter(self: &Arc<Self>, converter: usize) -> Result<()> {
        let worker = self.worker(converter).await?;
        wait_until(WORK, async || {
            let held = self.held_by(&worker).await;
            !held.is_empty() && held.iter().all(|hold| hold.crashes < SPARED)
        })
        .await;
        self.site.converters[converter].signal(Signal::KILL);
        let start = self.site.journal.now();
        // What it had claimed and finished in between is not held any more.
        for hold in self.held_by(&worker).await {
            let injector = Arc::clone(self);
            self.running.spawn_local(async move {
                if injector.claimed_again(&hold).await {
                    injector.measured(Figure::KilledToClaimed, start);
                }
            });
        }
        self.worker_after(converter, &worker).await
    }

    /// Tasks that this worker works on.
    pub(super) async fn held_by(&self, worker: &str) -> Vec<Hold> {
        sqlx::query_as(HELD_BY).bind(worker).fetch_all(&self.site.pool).await.unwrap_or_default()
    }

    /// The last claim of a task; `None` when there is no such task or no answer.
    pub(super) async fn hold(&self, task: i64) -> Option<Hold> {
        sqlx::query_as(HOLD).bind(task).fetch_optional(&self.site.pool).await.ok().flatten()
    }

    /// Waits until somebody claimed the task after this claim; `false` when that won't be: it was
    /// deleted or has ended.
    pub(super) async fn claimed_again(&self, before: &Hold) -> bool {
        let mut claimed = false;
        let known = wait_until(PATIENCE, async || match self.look(before.id).await {
            Ok(Some(now)) => {
                claimed = now.claim > before.claim;
                claimed || !matches!(now.status.as_str(), "processing" | "uploaded")
            }
            Ok(None) => true,
            Err(_) => false,
        });
        // Never claimed again within the patience counts, with all of it.
        !known.await || claimed
    }

    async fn look(&self, task: i64) -> std::result::Result<Option<Hold>, sqlx::Error> {
        sqlx::query_as(HOLD).bind(task).fetch_optional(&self.site.pool).await
    }

    /// The name of a converter, once it has one.
    pub(super) async fn worker(&self, converter: usize) -> Result<String> {
        let member = &self.site.converters[converter];
        wait_until(BACK, async || member.worker().is_some()).await;
        member.worker().ok_or_else(|| format!("{} does not start", member.name).into())
    }

    /// Waits until a converter is there under another name.
    pub(super) async fn worker_after(&self, converter: usize, before: &str) -> Result<()> {
        let member = &self.site.converters[converter];
        let back = async || member.worker().is_some_and(|now| now != before);
        wait_until(BACK, back).await.then_some(()).ok_or("it did not come back".into())
    }

    pub(super) async fn stop(&self, place: Place) -> Result<()> {
        let member = self.site.member(place);
        let before = match place {
            Place::Converter(converter) => self.worker(converter).await?,
            Place::Api(_) => String::new(),
        };
        let status = member.terminate(Duration::from_secs(50)).await?;
        if !status.success() {
            self.site.journal.violation(format!("{} stopped with {status}", member.name));
        }
        match place {
            Place::Api(_) => self.site.all_ready().await,
            Place::Converter(converter) => self.worker_after(converter, &before).await,
        }
    }

    pub(super) async fn freeze(&self, place: Place, time: u64) -> Result<()> {
        let member = self.site.member(place);
        let lease = match place {
            Place::Api(_) => Duration::ZERO,
            Place::Converter(_) => self.site.lease,
        };
        member.signal(Signal::STOP);
        tokio::time::sleep(lease + Duration::from_millis(time)).await;
        member.signal(Signal::CONT);
        if member.ready(&self.site.http, BACK).await {
            Ok(())
        } else {
            Err("it did not thaw".into())
        }
    }

    pub(super) async fn break_link(
        &self,
        place: Place,
        server: Server,
        way: Break,
        time: u64,
    ) -> Result<()> {
        let member = self.site.member(place);
        let link = &member.links[&server];
        link.set(match way {
            Break::Cut => Passage::Cut,
            Break::Silence => Passage::Silent,
            Break::Delay => Passage::Slow(Duration::from_millis(time / 10)),
        });
        tokio::time::sleep(Duration::from_millis(time)).await;
        link.set(Passage::Open);
        self.well(place).await
    }

    /// Waits until an API process is sent requests again.
    async fn well(&self, place: Place) -> Result<()> {
        match place {
            Place::Api(_) => self.site.all_ready().await,
            Place::Converter(_) => Ok(()),
        }
    }

    pub(super) async fn weather(&self, percent: (u8, u8, u8), time: u64) -> Result<()> {
        self.site.weather.set(percent.0, percent.1, percent.2);
        tokio::time::sleep(Duration::from_millis(time)).await;
        self.site.weather.set(0, 0, 0);
        Ok(())
    }

    pub(super) async fn fill_disk(&self, converter: usize, time: u64) -> Result<()> {
        let disk = self.site.converters[converter].disk.as_ref().ok_or("it has no disk")?;
        disk.fill()?;
        tokio::time::sleep(Duration::from_millis(time)).await;
        disk.empty();
        Ok(())
    }

    pub(super) async fn skew(&self, place: Place, seconds: i64, time: u64) -> Result<()> {
        let member = self.site.member(place);
        member.skew(seconds)?;
        tokio::time::sleep(Duration::from_millis(time)).await;
        member.skew(0)
    }

    pub(super) async fn refuse_mail(&self, percent: u8, time: u64) -> Result<()> {
        self.site.mail.refuse(percent);
        tokio::time::sleep(Duration::from_millis(time)).await;
        self.site.mail.refuse(0);
        Ok(())
    }
}
