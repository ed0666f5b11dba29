//! Tasks as converters work on them. Every write names the claim that it is made under and does
//! nothing when that claim is no longer the last one.

use chrono::TimeDelta;
use sqlx::types::Json;

use super::objects::MAKE_LIVE;
use super::{Db, Engine, Error, Result, on, outbox};
use crate::bucket::ObjectKey;
use crate::clock::Time;
use crate::sabotage::fenced;
use crate::task::Task;

/// The right to write to a task, held by the converter that claimed it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The task.
    pub task: i64,
    /// Of which generation.
    pub generation: i64,
    /// Fencing token.
    pub token: i64,
}

impl Claim {
    /// The claim under which a claimed task's row was returned.
    #[must_use]
    pub fn on(task: &Task) -> Self {
        Self { task: task.id, generation: task.generation, token: task.claim }
    }
}

/// One claim to be renewed, with how far its conversion has come.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// The claim.
    pub claim: Claim,
    /// 0 to 100.
    pub progress: i64,
}

/// What a conversion produced.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where the result lies, as a pending object.
    pub result_key: ObjectKey,
    /// Its bytes.
    pub result_size: i64,
    /// Its SHA-256, hexadecimal.
    pub result_digest: String,
    /// What the upload turned out to be.
    pub source_format: String,
    /// Length of the audio in seconds.
    pub duration_seconds: f64,
}

/// When and why a task is to be tried again.
#[derive(Debug, Clone, Copy)]
pub struct RetryAt {
    /// Not before this time.
    pub not_before: Time,
    /// Whether the attempt is given back, because it was cut short and not failed.
    pub give_attempt_back: bool,
}

const CLAIM: &str = "update tasks set status = 'processing', claim = claim + 1, \
    attempt = attempt + 1, worker = $3, started_at = $4, lease_until = $5, progress = 0 \
    where id = $1 and generation = $2 and status = 'uploaded' and not_before <= $6 returning *";

/// How far two processes' readings of the same clock may lie apart. Without it a task could be
/// refused to the first who asks, and its message forgotten, for being a moment early.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(1);

/// One statement for all slots of a worker; the two engines read a list from JSON differently.
const RENEW_POSTGRES: &str = "update tasks set lease_until = $2, \
    progress = greatest(tasks.progress, held.progress) from jsonb_to_recordset($1) \
    as held (task bigint, generation bigint, token bigint, progress bigint) \
    where tasks.id = held.task and tasks.generation = held.generation \
    and tasks.claim = held.token and tasks.status = 'processing' returning tasks.id";

const RENEW_SQLITE: &str = "update tasks set lease_until = $2, \
    progress = max(tasks.progress, held.progress) from (select value ->> 'task' as task, \
    value ->> 'generation' as generation, value ->> 'token' as token, \
    value ->> 'progress' as progress from json_each($1)) as held \
    where tasks.id = held.task and tasks.generation = held.generation \
    and tasks.claim = held.token and tasks.status = 'processing' returning tasks.id";

const FINISH: &str = "update tasks set status = 'processed', progress = 100, result_key = $4, \
    result_size = $5, result_digest = $6, source_format = $7, duration_seconds = $8, \
    processed_at = $9, expires_at = $10, worker = null, lease_until = null \
    where id = $1 and generation = $2 and claim = $3 and status = 'processing'";

const FAIL: &str = "update tasks set status = 'failed', error_code = $4, error_message = $5, \
    processed_at = $6, expires_at = $7, worker = null, lease_until = null \
    where id = $1 and generation = $2 and claim = $3 and status = 'processing'";

const RETURN: &str = "update tasks set status = 'uploaded', progress = 0, not_before = $4, \
    attempt = attempt - $5, published_at = null, worker = null, lease_until = null, \
    started_at = null where id = $1 and generation = $2 and claim = $3 and status = 'processing'";

impl Db {
    /// Claims a task of this generation for `worker`. `None`: it is not to be had, so the message
    /// that named it can be forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_task(
        &self,
        (task, generation): (i64, i64),
        worker: &str,
        lease: std::time::Duration,
    ) -> Result<Option<Task>> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query_as(CLAIM)
            .bind(task)
            .bind(generation)
            .bind(worker)
            .bind(now)
            .bind(now + lease)
            .bind(now + CLOCK_SLACK)
            .fetch_optional(pool)
            .await)?)
    }

    /// Renews leases in one statement and returns the tasks whose claim still holds; a conversion
    /// whose task is missing from them must stop and drop its output.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_leases(
        &self,
        leases: &[Lease],
        lease: std::time::Duration,
    ) -> Result<Vec<i64>> {
        let held = Json(leases.iter().map(held).collect::<Vec<_>>());
        let until = self.now() + lease;
        let renewed = match &self.engine {
            Engine::Postgres(pool) => {
                sqlx::query_scalar(fenced(RENEW_POSTGRES)).bind(&held).bind(until).fetch_all(pool).await?
            }
            Engine::Sqlite(pool) => {
                sqlx::query_scalar(fenced(RENEW_SQLITE)).bind(&held).bind(until).fetch_all(pool).await?
            }
        };
        Ok(renewed)
    }

    /// Ends a task with its result: the object goes live, the row names it, and the mail is due,
    /// in one transaction. `false`: the claim no longer holds and nothing was changed.
    ///
    /// # Errors
    /// [`Error::ObjectCollected`] when storing took longer than an intent lives; otherwise when
    /// the database fails.
    pub async fn finish_task(
        &self,
        claim: Claim,
        outcome: &Outcome,
        retention: std::time::Duration,
    ) -> Result<bool> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let finish = sqlx::query(fenced(FINISH))
                .bind(claim.task)
                .bind(claim.generation)
                .bind(claim.token)
                .bind(&outcome.result_key)
                .bind(outcome.result_size)
                .bind(&outcome.result_digest)
                .bind(&outcome.source_format)
                .bind(outcome.duration_seconds)
                .bind(now)
                .bind(now + retention);
            if finish.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            let live = sqlx::query(MAKE_LIVE).bind(&outcome.result_key).bind(now);
            if live.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Err(Error::ObjectCollected(outcome.result_key.to_string()));
            }
            outbox::insert!(transaction, claim.task, claim.generation, now);
            transaction.commit().await?;
            Ok(true)
        })
    }

    /// Ends a task with an error, and makes the mail due. `false`: the claim no longer holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fail_task(
        &self,
        claim: Claim,
        (code, message): (&str, &str),
        retention: std::time::Duration,
    ) -> Result<bool> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let fail = sqlx::query(fenced(FAIL))
                .bind(claim.task)
                .bind(claim.generation)
                .bind(claim.token)
                .bind(code)
                .bind(message)
                .bind(now)
                .bind(now + retention);
            if fail.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            outbox::insert!(transaction, claim.task, claim.generation, now);
            transaction.commit().await?;
            Ok(true)
        })
    }

    /// Gives a claimed task back to be tried again. `false`: the claim no longer holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn return_task(&self, claim: Claim, retry: RetryAt) -> Result<bool> {
        let changed = on!(self, |pool| sqlx::query(fenced(RETURN))
            .bind(claim.task)
            .bind(claim.generation)
            .bind(claim.token)
            .bind(retry.not_before)
            .bind(i64::from(retry.give_attempt_back))
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(changed > 0)
    }
}

fn held(lease: &Lease) -> serde_json::Value {
    serde_json::json!({
        "task": lease.claim.task,
        "generation": lease.claim.generation,
        "token": lease.claim.token,
        "progress": lease.progress,
    })
}
