//! Mails that are due: one row per task generation, written with the task's end.

use sqlx::FromRow;

use super::sweep::Sweep;
use super::{Db, Result, on};
use crate::clock::Time;

pub(super) const INSERT: &str = "insert into outbox (id, task_id, generation, attempt, not_before) \
    values ($1, $2, $3, 0, $4) on conflict (task_id, generation) do nothing";

/// Makes the mail of a task generation due, inside an open transaction.
macro_rules! insert {
    ($transaction:ident, $task:expr, $generation:expr, $now:expr) => {
        sqlx::query($crate::db::outbox::INSERT)
            .bind($crate::id::new())
            .bind($task)
            .bind($generation)
            .bind($now)
            .execute(&mut *$transaction)
            .await?
    };
}
pub(super) use insert;

/// A mail that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Notice {
    /// Number of the row.
    pub id: i64,
    /// About this task,
    pub task_id: i64,
    /// and void when the task has moved on from this generation.
    pub generation: i64,
    /// How many times it was taken, this time included.
    pub attempt: i64,
}

/// What became of a notice that was taken.
#[derive(Debug, Clone, Copy)]
pub enum Mailing<'a> {
    /// The mail went out.
    Sent,
    /// Nothing is to be sent: the task changed or is gone.
    Void,
    /// It failed for good, for this reason.
    Failed(&'a str),
    /// It failed for now, for this reason, and may be tried again at this time.
    Delayed(Time, &'a str),
}

macro_rules! take {
    ($chosen:literal) => {
        concat!(
            "update outbox set attempt = attempt + 1, not_before = $2 where ",
            $chosen,
            " and sent_at is null and not_before <= $1 returning id, task_id, generation, attempt"
        )
    };
}

const TAKE: Sweep = Sweep {
    postgres: take!(
        "id = any(array(select id from outbox where sent_at is null and not_before <= $1 \
        order by not_before limit $3 for update skip locked))"
    ),
    sqlite: take!(
        "id in (select id from outbox where sent_at is null and not_before <= $1 \
        order by not_before limit $3)"
    ),
};

const SENT: &str = "update outbox set sent_at = $2, error = $3 where id = $1";

const DELAYED: &str = "update outbox set not_before = $2, error = $3 where id = $1";

const VOID: &str = "delete from outbox where id = $1";

const FORGET: &str = "delete from outbox where sent_at < $1";

impl Db {
    /// Takes up to `limit` mails that are due. They are due again after `lease` unless settled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_notices(
        &self,
        lease: std::time::Duration,
        limit: i64,
    ) -> Result<Vec<Notice>> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query_as(TAKE.on(self))
            .bind(now)
            .bind(now + lease)
            .bind(limit)
            .fetch_all(pool)
            .await)?)
    }

    /// Records what became of a mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_notice(&self, id: i64, mailing: Mailing<'_>) -> Result<()> {
        let (statement, time, error) = match mailing {
            Mailing::Sent => (SENT, self.now(), None),
            Mailing::Failed(error) => (SENT, self.now(), Some(error)),
            Mailing::Delayed(until, error) => (DELAYED, until, Some(error)),
            Mailing::Void => return self.drop_notice(id).await,
        };
        on!(self, |pool| sqlx::query(statement)
            .bind(id)
            .bind(time)
            .bind(error)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Forgets mails settled before `before`; a task's later generations have rows of their own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_notices(&self, before: Time) -> Result<()> {
        on!(self, |pool| sqlx::query(FORGET).bind(before).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    async fn drop_notice(&self, id: i64) -> Result<()> {
        on!(self, |pool| sqlx::query(VOID).bind(id).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
