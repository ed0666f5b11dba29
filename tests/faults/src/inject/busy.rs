//! Faults in the middle of a certain task.

use std::time::Duration;

use rustix::process::Signal;

use super::Injector;
use super::simple::Hold;
use crate::journal::{Entry, Figure};
use crate::load::client::Accepted;
use crate::load::inputs::{LONG, POISON, SLOW};
use crate::site::{Passage, Server};
use crate::{Result, wait_until};

/// Longest wait for a task to be claimed.
const CLAIMED: Duration = Duration::from_mins(2);
/// How far a conversion comes before something happens to it.
const UNDER_WAY: Duration = Duration::from_millis(800);
/// Uploads that dying workers are to hold: more than they have slots.
const HELD: usize = 12;
/// Time for the messages to be taken, longer than one may be on its way.
const TAKEN: Duration = Duration::from_secs(4);
/// Longest wait for the broker to give back what dead workers held.
const NOTICED: Duration = Duration::from_secs(15);

/// For a task of the last moments, the message may be on its way.
const WAITING: &str = "select count(*) from tasks where status = 'uploaded' \
    and published_at < now() - interval '3 seconds'";

impl Injector {
    /// A worker is frozen past its lease and wakes while another works on its task. Both go on;
    /// only the second may write.
    pub(super) async fn duel(&self) -> Result<()> {
        let task = self.upload(SLOW, "ogg").await?.task;
        let (first, before) = self.working_on(task).await?;
        tokio::time::sleep(UNDER_WAY).await;
        self.site.converters[first].signal(Signal::STOP);
        let taken = wait_until(CLAIMED, async || {
            self.hold(task)
                .await
                .is_none_or(|now| now.claim > before.claim || now.status == "failed")
        });
        let taken = taken.await;
        let second = self.working_on(task).await;
        if let Ok((second, _)) = &second {
            // So that the first one is ahead; shorter than its lease can bear.
            self.site.converters[*second].signal(Signal::STOP);
        }
        self.site.converters[first].signal(Signal::CONT);
        tokio::time::sleep(self.site.lease / 2).await;
        if let Ok((second, _)) = second {
            self.site.converters[second].signal(Signal::CONT);
        }
        if taken { Ok(()) } else { Err("nobody else claimed the task".into()) }
    }

    /// All workers take messages while the database does not answer them, and die. Each task that
    /// waits then must have its message in the queue again.
    pub(super) async fn die_holding(&self) -> Result<()> {
        let converters = &self.site.converters;
        for (number, member) in converters.iter().enumerate() {
            self.worker(number).await?;
            member.links[&Server::Postgres].set(Passage::Silent);
        }
        for _ in 0..HELD {
            self.upload(LONG, "ogg").await?;
        }
        tokio::time::sleep(TAKEN).await;
        for member in converters {
            member.kill_for_good();
            member.links[&Server::Postgres].set(Passage::Open);
        }
        let counted = self.count_waiting().await;
        for member in converters {
            member.start()?;
        }
        for number in 0..converters.len() {
            self.worker(number).await?;
        }
        let (tasks, messages) = counted?;
        if messages < tasks {
            self.site.journal.violation(format!(
                "workers died before they claimed: {tasks} tasks wait, for which there are \
                 {messages} messages"
            ));
        }
        Ok(())
    }

    /// Tasks that wait and whose message was confirmed, and messages in the queue.
    async fn count_waiting(&self) -> Result<(i64, i64)> {
        let tasks: i64 = sqlx::query_scalar(WAITING).fetch_one(&self.site.pool).await?;
        let mut messages = 0;
        // The broker needs a moment to see that the workers are gone.
        wait_until(NOTICED, async || {
            messages = self.waiting_messages().await.map_or(0, i64::from);
            messages >= tasks
        })
        .await;
        Ok((tasks, messages))
    }

    /// A converter is asked to stop in the middle of a conversion that is longer than it may take.
    pub(super) async fn stop_busy(&self) -> Result<()> {
        let task = self.upload(SLOW, "ogg").await?.task;
        let (converter, _) = self.working_on(task).await?;
        let member = &self.site.converters[converter];
        let stopping = member.terminate(Duration::from_mins(1));
        let status = stopping.await?;
        let start = self.site.journal.now();
        if !status.success() {
            self.site.journal.violation(format!("{} stopped with {status}", member.name));
        }
        let given_back = self.hold(task).await;
        match given_back {
            Some(hold) if matches!(hold.status.as_str(), "processed" | "failed") => {
                // It was finished in time, so that there is nothing to measure.
                Ok(())
            }
            // Somebody has it already.
            Some(hold) if hold.status == "processing" => {
                self.measured(Figure::StoppedToClaimed, start);
                Ok(())
            }
            Some(hold) => {
                self.claimed_again(&hold).await;
                self.measured(Figure::StoppedToClaimed, start);
                Ok(())
            }
            None => Err("the task can't be seen".into()),
        }
    }

    /// A file takes down whichever worker claims it.
    pub(super) async fn poison(&self) -> Result<()> {
        let task = self.upload(POISON, "ogg").await?.task;
        let (_, _) = self.working_on(task).await?;
        let start = self.site.journal.now();
        let ended = wait_until(CLAIMED * 2, async || {
            let Some(hold) = self.hold(task).await else { return false };
            if let Some(converter) = self.converter_of(&hold) {
                self.site.converters[converter].signal(Signal::KILL);
            }
            matches!(hold.status.as_str(), "processed" | "failed")
        });
        let ended = ended.await;
        self.measured(Figure::PoisonToFailed, start);
        if ended { Ok(()) } else { Err("it did not end".into()) }
    }

    /// Uploads a file, whatever it takes.
    async fn upload(&self, name: &str, format: &str) -> Result<Accepted> {
        let key = format!("injector-{}", rand::random::<u64>());
        let file = self.inputs.file(name);
        self.site.journal.note(&Entry::Upload {
            user: self.client.user,
            key: key.clone(),
            input: name.to_owned(),
            format: format.to_owned(),
        });
        let mut accepted = None;
        wait_until(CLAIMED, async || {
            let answer = self.client.upload(&key, (file.name, &file.bytes), format).await;
            accepted = answer.and_then(std::result::Result::ok);
            accepted.is_some()
        })
        .await;
        accepted.ok_or_else(|| "an upload was not accepted".into())
    }

    /// Waits until a converter works on the task.
    async fn working_on(&self, task: i64) -> Result<(usize, Hold)> {
        let mut found = None;
        wait_until(CLAIMED, async || {
            let hold = self.hold(task).await;
            found = hold.and_then(|hold| Some((self.converter_of(&hold)?, hold)));
            found.is_some()
        })
        .await;
        found.ok_or_else(|| "nobody claimed the task".into())
    }

    fn converter_of(&self, hold: &Hold) -> Option<usize> {
        let worker = hold.worker.as_deref().filter(|_| hold.status == "processing")?;
        self.site.converter_named(worker)
    }
}
