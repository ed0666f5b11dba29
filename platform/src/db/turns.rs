//! Whose turn it is. Each user's waiting tasks lie apart by the longest time that one conversion
//! may take, so that whoever comes has at most about one task of every other user before them; a
//! worker that is woken takes the task whose turn comes first, not the one that woke it.

use std::time::Duration;

use super::sweep::Sweep;
use super::{Db, Result, on};
use crate::clock::Time;
use crate::task::Task;

/// The turn of a task that its user makes now, inside a statement: the parameters are the user,
/// the task itself or 0, the spacing and the time, both in microseconds.
macro_rules! turn {
    ($user:literal, $task:literal, $spacing:literal, $now:literal) => {
        concat!(
            "(select case when max(turn) + ",
            $spacing,
            " > ",
            $now,
            " then max(turn) + ",
            $spacing,
            " else ",
            $now,
            " end from tasks where user_id = ",
            $user,
            " and status = 'uploaded' and id <> ",
            $task,
            ")"
        )
    };
}
pub(super) use turn;

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "update tasks set status = 'processing', claim = claim + 1, attempt = attempt + 1, \
            worker = $1, started_at = $2, lease_until = $3, progress = 0 \
            where id = (select id from tasks where status = 'uploaded' and not delayed \
            order by turn, id limit 1",
            $lock,
            ") returning *"
        )
    };
}

/// Rows that others hold are passed over: whoever holds a waiting task takes it away, or has a
/// message sent for it afterwards.
pub(super) const CLAIM: Sweep =
    Sweep { postgres: claim!(" for update skip locked"), sqlite: claim!("") };

impl Db {
    /// Claims the waiting task whose turn comes first for `worker`. `None`: there is none, so the
    /// message that woke the worker can be forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_next(&self, worker: &str, lease: Duration) -> Result<Option<Task>> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query_as(CLAIM.on(self))
            .bind(worker)
            .bind(now)
            .bind(now + lease)
            .fetch_optional(pool)
            .await)?)
    }

    /// How far apart the turns of one user's tasks lie, in microseconds.
    pub(super) fn turn_spacing(&self) -> i64 {
        i64::try_from(self.turn_spacing.as_micros()).unwrap_or(i64::MAX / 4)
    }
}

/// The turn of a task that waits for nobody.
pub(super) fn turn_at(now: Time) -> i64 {
    now.timestamp_micros()
}
