//! What the sweeper does to tasks: it closes every gap that a lost message or a dead process left.

use std::time::Duration;

use sqlx::FromRow;

use super::objects::DISCARD;
use super::{Db, Result, on, outbox};
use crate::bucket::ObjectKey;
use crate::clock::Time;
use crate::task::Status;

/// A statement that changes many rows at once. On `PostgreSQL`, where others write meanwhile, it
/// passes over rows that are locked: one that waited for them could be waited for in turn, and the
/// next sweep finds them again.
pub(super) struct Sweep {
    pub(super) postgres: &'static str,
    pub(super) sqlite: &'static str,
}

impl Sweep {
    pub(super) fn on(&self, db: &Db) -> &'static str {
        if db.is_embedded() { self.sqlite } else { self.postgres }
    }
}

/// A task whose message the queue does not have.
#[derive(Debug, Clone, FromRow)]
pub struct Unpublished {
    /// The task.
    pub id: i64,
    /// Of which generation.
    pub generation: i64,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// A task that was taken from a worker which stopped renewing its lease.
#[derive(Debug, Clone, FromRow)]
pub struct Lapsed {
    /// The task.
    pub id: i64,
    /// Of which generation.
    pub generation: i64,
    /// `Uploaded` when it is tried again, `Failed` when it has crashed too often.
    pub status: Status,
    /// How many workers died on it.
    pub crashes: i64,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

macro_rules! take_unpublished {
    ($lock:literal) => {
        concat!(
            "update tasks set published_at = $1, delayed = false where ",
            $lock,
            " and status = 'uploaded' and published_at is null \
            returning id, generation, request_id"
        )
    };
}

const TAKE_UNPUBLISHED: Sweep = Sweep {
    postgres: take_unpublished!(
        "id = any(array(select id from tasks where status = 'uploaded' and published_at is null \
        and not_before <= $1 order by not_before limit $2 for update skip locked))"
    ),
    sqlite: take_unpublished!(
        "id in (select id from tasks where status = 'uploaded' and published_at is null \
        and not_before <= $1 order by not_before limit $2)"
    ),
};

const UNPUBLISH: &str = "update tasks set published_at = null \
    where id = $1 and generation = $2 and status = 'uploaded'";

const UNPUBLISH_ALL: &str =
    "update tasks set published_at = null where status = 'uploaded' and published_at = $1";

macro_rules! lost {
    ($chosen:literal) => {
        concat!(
            "update tasks set published_at = null where ",
            $chosen,
            " and status = 'uploaded' and published_at < $1"
        )
    };
}

const LOST: Sweep = Sweep {
    postgres: lost!(
        "id = any(array(select id from tasks where status = 'uploaded' and published_at < $1 \
        order by published_at limit $2 for update skip locked))"
    ),
    sqlite: lost!(
        "id in (select id from tasks where status = 'uploaded' and published_at < $1 \
        order by published_at limit $2)"
    ),
};

macro_rules! lapse {
    ($chosen:literal) => {
        concat!(
            "update tasks set crashes = crashes + 1, \
    status = case when crashes + 1 >= $3 then 'failed' else 'uploaded' end, \
    error_code = case when crashes + 1 >= $3 then $4 else error_code end, \
    error_message = case when crashes + 1 >= $3 then $5 else error_message end, \
    processed_at = case when crashes + 1 >= $3 then $2 else processed_at end, \
    expires_at = case when crashes + 1 >= $3 then $6 else expires_at end, \
    started_at = case when crashes + 1 >= $3 then started_at else null end, \
    progress = 0, not_before = $2, published_at = $2, delayed = false, worker = null, \
    lease_until = null where ",
            $chosen,
            " and status = 'processing' and lease_until < $1 \
    returning id, generation, status, crashes, request_id"
        )
    };
}

const LAPSE: Sweep = Sweep {
    postgres: lapse!(
        "id = any(array(select id from tasks where status = 'processing' and lease_until < $1 \
        order by lease_until limit $7 for update skip locked))"
    ),
    sqlite: lapse!(
        "id in (select id from tasks where status = 'processing' and lease_until < $1 \
        order by lease_until limit $7)"
    ),
};

macro_rules! lock_expired {
    ($chosen:literal) => {
        concat!(
            "update tasks set progress = progress where ",
            $chosen,
            " and source_key is not null and expires_at < $1 \
    returning id, source_key, result_key"
        )
    };
}

const LOCK_EXPIRED: Sweep = Sweep {
    postgres: lock_expired!(
        "id = any(array(select id from tasks where source_key is not null and expires_at < $1 \
        order by expires_at limit $2 for update skip locked))"
    ),
    sqlite: lock_expired!(
        "id in (select id from tasks where source_key is not null and expires_at < $1 \
        order by expires_at limit $2)"
    ),
};

const EXPIRE: &str = "update tasks set source_key = null, result_key = null where id = $1";

/// Code and words of a task on which worker after worker died.
pub const CRASHED: (&str, &str) = (
    "worker_crashed",
    "The conversion stopped unexpectedly several times and was given up. \
     Try another target format, or save the file anew with the program that made it.",
);

impl Db {
    /// Takes up to `limit` tasks whose message is missing and whose time has come, longest waiting
    /// first. They count as published from now on, so that no other sweeper sends their messages
    /// too; those that could not be sent have to be [given back](Self::unpublish_taken).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_unpublished(&self, limit: i64) -> Result<(Time, Vec<Unpublished>)> {
        let now = self.now();
        let taken = on!(self, |pool| sqlx::query_as(TAKE_UNPUBLISHED.on(self))
            .bind(now)
            .bind(limit)
            .fetch_all(pool)
            .await)?;
        Ok((now, taken))
    }

    /// Records that the queue did not take a task's message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unpublish(&self, task: i64, generation: i64) -> Result<()> {
        on!(self, |pool| sqlx::query(UNPUBLISH)
            .bind(task)
            .bind(generation)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Records the same of all tasks that were taken at `taken`. A message too many does no harm.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unpublish_taken(&self, taken: Time) -> Result<()> {
        on!(self, |pool| sqlx::query(UNPUBLISH_ALL).bind(taken).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Has up to `limit` tasks published again whose message was sent before `before` and not acted
    /// upon; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn republish_lost(&self, before: Time, limit: i64) -> Result<u64> {
        Ok(on!(self, |pool| sqlx::query(LOST.on(self))
            .bind(before)
            .bind(limit)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?)
    }

    /// Takes up to `limit` tasks from workers whose lease ended before `before`. One that crashed
    /// `max_crashes` times fails, and its mail is due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lapse_leases(
        &self,
        before: Time,
        max_crashes: i64,
        retention: Duration,
        limit: i64,
    ) -> Result<Vec<Lapsed>> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let lapsed: Vec<Lapsed> = sqlx::query_as(LAPSE.on(self))
                .bind(before)
                .bind(now)
                .bind(max_crashes)
                .bind(CRASHED.0)
                .bind(CRASHED.1)
                .bind(now + retention)
                .bind(limit)
                .fetch_all(&mut *transaction)
                .await?;
            for task in lapsed.iter().filter(|task| task.status == Status::Failed) {
                outbox::insert!(transaction, task.id, task.generation, now);
            }
            transaction.commit().await?;
            Ok(lapsed)
        })
    }

    /// Gives up the files of up to `limit` tasks whose retention ended; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_tasks(&self, limit: i64) -> Result<usize> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            // An update first, so that the rows are locked against a PUT on either engine.
            let expired: Vec<(i64, ObjectKey, Option<ObjectKey>)> =
                sqlx::query_as(LOCK_EXPIRED.on(self))
                    .bind(now)
                    .bind(limit)
                    .fetch_all(&mut *transaction)
                    .await?;
            for (task, source, result) in &expired {
                for key in [Some(source), result.as_ref()].into_iter().flatten() {
                    sqlx::query(DISCARD).bind(key).bind(now).execute(&mut *transaction).await?;
                }
                sqlx::query(EXPIRE).bind(task).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(expired.len())
        })
    }
}
