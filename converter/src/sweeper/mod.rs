//! Closes the gaps that lost messages, dead processes and interrupted writes leave. Any number of
//! sweepers may run: each of their statements is a compare-and-set.

mod housekeeping;
mod objects;
mod observe;
mod tasks;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use platform::bucket::Bucket;
use platform::clock::Time;
use platform::db::{Db, Result};
use platform::queue::Queue;
use platform::sabotage::{self, Rule};
use platform::seams::Seams;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::Settings;

/// Rows that one statement of a sweep touches at most.
const BATCH: i64 = 100;

/// Workers that may die on a task before it is given up.
const MAX_CRASHES: i64 = 3;

/// Later than any lease that was ever given.
const FAR: TimeDelta = TimeDelta::days(36_500);

/// A sweeper.
#[derive(Debug)]
pub struct Sweeper {
    db: Db,
    bucket: Bucket,
    queue: Queue,
    settings: Settings,
    /// Since when every sweep reached the database, without a pause as long as a lease.
    contact: Option<Contact>,
    /// When the slow part ran last.
    housekept: Option<Instant>,
    /// Start of the last observation period that is known to be on record.
    observed: Option<Time>,
}

#[derive(Debug, Clone, Copy)]
struct Contact {
    since: Instant,
    last: Instant,
    /// The database's time of the last sweep. It tells of a machine that slept, which the
    /// monotonic clock does not, and of a clock that was set.
    last_time: Time,
}

/// Takes up what a process that ended left behind. Only where this is the one process that uses
/// the database: nobody else can hold a lease or be writing an object.
///
/// # Errors
/// When the database fails.
pub async fn recover(seams: &Seams, settings: &Settings) -> Result<()> {
    let (db, now) = (&seams.db, seams.db.now());
    loop {
        let lapsed = db.lapse_leases(now + FAR, MAX_CRASHES, settings.retention, BATCH).await?;
        if lapsed.is_empty() {
            break;
        }
        tracing::info!(tasks = lapsed.len(), "taking up tasks of a process that ended");
    }
    db.abandon_objects(now + FAR).await?;
    // The queue inside the ended process is gone with it.
    db.republish_lost(now + FAR).await?;
    Ok(())
}

impl Sweeper {
    /// A sweeper on these seams.
    #[must_use]
    pub fn new(seams: &Seams, settings: Settings) -> Self {
        Self {
            db: seams.db.clone(),
            bucket: seams.bucket.clone(),
            queue: seams.queue.clone(),
            settings,
            contact: None,
            housekept: None,
            observed: None,
        }
    }

    /// Sweeps at every interval until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.settings.sweep_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.sweep().await {
                Ok(()) => self.keep_contact(),
                Err(error) => {
                    self.contact = None;
                    tracing::warn!(%error, "a sweep failed");
                }
            }
        }
    }

    async fn sweep(&mut self) -> Result<()> {
        self.publish_waiting().await?;
        if self.may_lapse() {
            self.lapse().await?;
        }
        self.collect_objects().await?;
        self.keep_house().await?;
        self.observe().await
    }

    /// A lease counts as lapsed only for one who could have seen it renewed: after one full lease
    /// of unbroken contact, so that a database or sweeper that was away costs no worker its task.
    fn may_lapse(&self) -> bool {
        if sabotage::is_off(Rule::Lapse) {
            return false;
        }
        let lease = self.settings.lease;
        self.contact
            .is_some_and(|contact| self.is_unbroken(&contact) && contact.since.elapsed() >= lease)
    }

    fn is_unbroken(&self, contact: &Contact) -> bool {
        let lease = self.settings.lease;
        contact.last.elapsed() < lease && self.db.now() - contact.last_time < span(lease)
    }

    fn keep_contact(&mut self) {
        let now = Instant::now();
        let unbroken = self.contact.filter(|contact| self.is_unbroken(contact));
        let since = unbroken.map_or(now, |contact| contact.since);
        self.contact = Some(Contact { since, last: now, last_time: self.db.now() });
    }
}

/// A duration as the database's times are moved by.
fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(FAR)
}
