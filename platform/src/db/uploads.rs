//! Offers to put a file into the bucket without the API between, and what became of them.

use std::time::Duration;

use sqlx::FromRow;
use uuid::Uuid;

use super::objects::{DISCARD, INTEND};
use super::{Db, Result, on};
use crate::bucket::ObjectKey;
use crate::clock::Time;

/// An offer's row.
#[derive(Clone, FromRow)]
pub struct Upload {
    /// Its unguessable name.
    pub id: Uuid,
    /// To whom it was made.
    pub user_id: i64,
    /// Where the file goes.
    pub object_key: ObjectKey,
    /// File name as the user sent it, without folders.
    pub filename: String,
    /// Bytes, if they were announced.
    pub size: Option<i64>,
    /// What the bucket is to be given back. A secret.
    pub session: Option<String>,
    /// The task that was made of it.
    pub task_id: Option<i64>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What makes an offer.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// To whom.
    pub user_id: i64,
    /// Where the file goes.
    pub object_key: ObjectKey,
    /// File name as the user sent it, without folders.
    pub filename: String,
    /// Bytes, if they were announced.
    pub size: Option<i64>,
    /// How long it stands.
    pub life: Duration,
}

/// How long an offer that was used is remembered, so that a second use is told what it is.
const RECORD: Duration = Duration::from_hours(24);

const CREATE: &str = "insert into uploads \
    (id, user_id, object_key, filename, size, created_at, expires_at) \
    values ($1, $2, $3, $4, $5, $6, $7) returning *";

const SET_SESSION: &str = "update uploads set session = $2 where id = $1";

const GET: &str = "select * from uploads where id = $1";

const COUNT_OPEN: &str = "select count(*) from uploads \
    where user_id = $1 and expires_at > $2 and task_id is null";

/// Run inside the transaction that makes the task.
pub(super) const USE: &str = "update uploads set task_id = $2 \
    where id = $1 and task_id is null and expires_at > $3 returning object_key";

const EXPIRED: &str = "select * from uploads where expires_at <= $1 and task_id is null \
    order by expires_at limit $2";

const DROP_UNUSED: &str = "delete from uploads where id = $1 and task_id is null";

const FORGET_USED: &str = "delete from uploads where expires_at <= $1 and task_id is not null";

impl Db {
    /// Records an offer, and that its object is about to be written, before anyone may write it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_upload(&self, new: &NewUpload) -> Result<Upload> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let intend = sqlx::query(INTEND).bind(&new.object_key).bind(now);
            intend.execute(&mut *transaction).await?;
            let upload = sqlx::query_as(CREATE)
                .bind(Uuid::new_v4())
                .bind(new.user_id)
                .bind(&new.object_key)
                .bind(&new.filename)
                .bind(new.size)
                .bind(now)
                .bind(now + new.life)
                .fetch_one(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(upload)
        })
    }

    /// Records what the bucket is to be given back when the offer ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_upload_session(&self, upload: Uuid, session: &str) -> Result<()> {
        on!(self, |pool| sqlx::query(SET_SESSION)
            .bind(upload)
            .bind(session)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// An offer, whoever it was made to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload(&self, upload: Uuid) -> Result<Option<Upload>> {
        Ok(on!(self, |pool| sqlx::query_as(GET).bind(upload).fetch_optional(pool).await)?)
    }

    /// How many offers to this user stand and are not used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_open_uploads(&self, user: i64) -> Result<i64> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query_scalar(COUNT_OPEN)
            .bind(user)
            .bind(now)
            .fetch_one(pool)
            .await)?)
    }

    /// Up to `limit` offers that ended unused, longest ended first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired_uploads(&self, limit: i64) -> Result<Vec<Upload>> {
        let now = self.now();
        Ok(on!(self, |pool| sqlx::query_as(EXPIRED).bind(now).bind(limit).fetch_all(pool).await)?)
    }

    /// Forgets an offer, and gives its object up. `false`: it was used, or is forgotten already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_upload(&self, upload: &Upload) -> Result<bool> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let dropped = sqlx::query(DROP_UNUSED).bind(upload.id).execute(&mut *transaction);
            if dropped.await?.rows_affected() == 0 {
                return Ok(false);
            }
            let discard = sqlx::query(DISCARD).bind(&upload.object_key).bind(now);
            discard.execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    /// Forgets offers that were used and ended a day ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_used_uploads(&self) -> Result<()> {
        let before = self.now() - RECORD;
        on!(self, |pool| sqlx::query(FORGET_USED).bind(before).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
