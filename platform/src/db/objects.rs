//! The life of an object in the bucket: pending → live → deleting → gone.

use super::sweep::Sweep;
use super::{Db, Result, on};
use crate::bucket::ObjectKey;
use crate::clock::Time;

/// Run alone, or inside the transaction that offers it.
pub(super) const INTEND: &str =
    "insert into objects (key, state, changed_at) values ($1, 'pending', $2)";

/// Run inside the transaction that makes a row name the object.
pub(super) const MAKE_LIVE: &str =
    "update objects set state = 'live', changed_at = $2 where key = $1 and state = 'pending'";

/// Run inside the transaction that makes a row stop naming the object.
pub(super) const DISCARD: &str = "update objects set state = 'deleting', changed_at = $2 \
    where key = $1 and state in ('pending', 'live')";

/// Run alone, so it must not touch an object that a row names.
const ABANDON_ONE: &str = "update objects set state = 'deleting', changed_at = $2 \
    where key = $1 and state = 'pending'";

const ABANDON: Sweep = Sweep {
    postgres: "update objects set state = 'deleting', changed_at = $2 where key = any(array(\
        select key from objects where state = 'pending' and changed_at < $1 \
        and not exists (select 1 from uploads where object_key = key) \
        for update skip locked))",
    sqlite: "update objects set state = 'deleting', changed_at = $2 \
        where state = 'pending' and changed_at < $1 \
        and not exists (select 1 from uploads where object_key = key)",
};

const IN_STATE: &str = "select key from objects where state = $1 and changed_at < $2 \
    order by changed_at limit $3";

const MARK_GONE: &str =
    "update objects set state = 'gone', changed_at = $2 where key = $1 and state = 'deleting'";

const FORGET: &str = "delete from objects where key = $1 and state = 'gone'";

const COUNT: &str = "select count(*) from objects";

impl Db {
    /// Records that an object is about to be written, before its first byte is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intend_object(&self, key: &ObjectKey) -> Result<()> {
        self.change_object(INTEND, key).await
    }

    /// Gives up an object that its writer found no use for; the sweeper deletes it. One that a
    /// task names is left alone: the writer may not know that it succeeded, when the database's
    /// answer was lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn discard_object(&self, key: &ObjectKey) -> Result<()> {
        self.change_object(ABANDON_ONE, key).await
    }

    /// Gives up an object that no row was meant to name in the end. `false`: a row names it after
    /// all, because a transaction whose outcome the writer did not learn went through.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn abandon_object(&self, key: &ObjectKey) -> Result<bool> {
        let now = self.now();
        let changed = on!(self, |pool| sqlx::query(ABANDON_ONE)
            .bind(key)
            .bind(now)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(changed > 0)
    }

    /// Gives up every object whose writer was last heard of before `before`; those that were offered
    /// to a client end with the offer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn abandon_objects(&self, before: Time) -> Result<u64> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query(ABANDON.on(self))
            .bind(before)
            .bind(now)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?)
    }

    /// Up to `limit` objects to delete, longest waiting first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deleting_objects(&self, limit: i64) -> Result<Vec<ObjectKey>> {
        self.objects_in("deleting", self.now(), limit).await
    }

    /// Up to `limit` objects deleted before `before`, to be deleted once more: a writer that was
    /// frozen since may have brought them back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gone_objects(&self, before: Time, limit: i64) -> Result<Vec<ObjectKey>> {
        self.objects_in("gone", before, limit).await
    }

    /// Records that the bucket no longer has the object.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_object_gone(&self, key: &ObjectKey) -> Result<()> {
        self.change_object(MARK_GONE, key).await
    }

    /// Forgets an object that was deleted twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_object(&self, key: &ObjectKey) -> Result<()> {
        on!(self, |pool| sqlx::query(FORGET).bind(key).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Number of objects on record in any state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_objects(&self) -> Result<i64> {
        Ok(on!(self, |pool| sqlx::query_scalar(COUNT).fetch_one(pool).await)?)
    }

    async fn change_object(&self, statement: &'static str, key: &ObjectKey) -> Result<()> {
        let now = self.now();
        on!(self, |pool| sqlx::query(statement)
            .bind(key)
            .bind(now)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    async fn objects_in(&self, state: &str, before: Time, limit: i64) -> Result<Vec<ObjectKey>> {
        Ok(on!(self, |pool| sqlx::query_scalar(IN_STATE)
            .bind(state)
            .bind(before)
            .bind(limit)
            .fetch_all(pool)
            .await)?)
    }
}
