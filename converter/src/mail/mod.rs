//! Sends the mails that are due when a task ends.

mod letter;

use std::time::Duration;

use chrono::TimeDelta;
use platform::db::{Db, Mailing, Notice, Result};
use platform::mail::{Error, Mail, Mailer};
use platform::seams::Seams;
use platform::secret::Secret;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Time between two looks for mails that are due.
const INTERVAL: Duration = Duration::from_secs(1);
/// Mails taken at a time.
const BATCH: i64 = 10;
/// How long a sender may be silent before another takes its mails.
const LEASE: Duration = Duration::from_mins(5);
/// Longest time for one mail; all of a batch fit the lease.
const PATIENCE: Duration = Duration::from_secs(25);
/// Attempts after which a mail is given up: about half a day.
const MAX_ATTEMPTS: i64 = 12;
/// Pause after a first failed attempt, in seconds; it doubles with each further one.
const RETRY_BASE: i64 = 30;
/// Longest pause between two attempts, in seconds.
const RETRY_MOST: i64 = 3600;

/// The sender of mails.
#[derive(Debug)]
pub struct Postman {
    db: Db,
    mailer: Mailer,
    secret: Secret,
    /// Where people reach the service, without a slash at the end.
    public_url: String,
}

impl Postman {
    /// A sender whose links lead to `public_url`.
    #[must_use]
    pub fn new(seams: &Seams, public_url: &str) -> Self {
        Self {
            db: seams.db.clone(),
            mailer: seams.mailer.clone(),
            secret: seams.secret.clone(),
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Sends what is due until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.round(&stop).await {
                tracing::warn!(%error, "mails could not be looked for");
            }
        }
    }

    async fn round(&self, stop: &CancellationToken) -> Result<()> {
        for notice in self.db.take_notices(LEASE, BATCH).await? {
            let mailing = match self.mail_for(notice).await? {
                Some(mail) if !stop.is_cancelled() => self.send(notice, &mail).await,
                Some(_) => Settled::Delayed(0, "the sender stopped".to_owned()),
                None => Settled::Void,
            };
            self.settle(notice, &mailing).await?;
        }
        Ok(())
    }

    /// The mail about a task, unless the task has moved on.
    async fn mail_for(&self, notice: Notice) -> Result<Option<Mail>> {
        let task = self.db.task(notice.task_id).await?;
        let Some(task) = task.filter(|task| task.generation == notice.generation) else {
            return Ok(None);
        };
        let Some(user) = self.db.user(task.user_id).await? else { return Ok(None) };
        Ok(letter::compose(&task, &user, &self.secret, &self.public_url))
    }

    async fn send(&self, notice: Notice, mail: &Mail) -> Settled {
        let sent = tokio::time::timeout(PATIENCE, self.mailer.send(mail)).await;
        let error = match sent {
            Ok(Ok(())) => return Settled::Sent,
            Ok(Err(error @ Error::Permanent(_))) => return Settled::Failed(error.to_string()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the mail server did not answer in time".to_owned(),
        };
        if notice.attempt >= MAX_ATTEMPTS {
            return Settled::Failed(error);
        }
        let doublings = u32::try_from(notice.attempt.clamp(1, 16) - 1).unwrap_or(0);
        Settled::Delayed((RETRY_BASE << doublings).min(RETRY_MOST), error)
    }

    async fn settle(&self, notice: Notice, settled: &Settled) -> Result<()> {
        metrics::counter!("mails_total", "outcome" => settled.name()).increment(1);
        let mailing = match settled {
            Settled::Sent => Mailing::Sent,
            Settled::Void => Mailing::Void,
            Settled::Failed(error) => {
                tracing::warn!(task = notice.task_id, %error, "a mail was given up");
                Mailing::Failed(error)
            }
            Settled::Delayed(seconds, error) => {
                tracing::warn!(task = notice.task_id, %error, "a mail was put off");
                Mailing::Delayed(self.db.now() + TimeDelta::seconds(*seconds), error)
            }
        };
        self.db.settle_notice(notice.id, mailing).await
    }
}

/// What became of a mail.
enum Settled {
    Sent,
    Void,
    /// For good, for this reason.
    Failed(String),
    /// For so many seconds, for this reason.
    Delayed(i64, String),
}

impl Settled {
    fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Void => "void",
            Self::Failed(_) => "failed",
            Self::Delayed(..) => "delayed",
        }
    }
}
