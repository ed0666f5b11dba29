//! Tasks as their owners see and change them.

use sqlx::types::Json;
use uuid::Uuid;

use super::objects::{DISCARD, MAKE_LIVE};
use super::turns::{turn, turn_at};
use super::{Db, Error, Result, on, uploads};
use crate::bucket::ObjectKey;
use crate::id;
use crate::task::{ConversionOptions, Format, Status, Task};

/// What makes a task. Its upload is already in the bucket, as a pending object.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Unguessable name of its files.
    pub file_id: Uuid,
    /// Its owner.
    pub user_id: i64,
    /// The client's own name for the request, unique among the owner's tasks.
    pub idempotency_key: Option<String>,
    /// The request that makes it.
    pub request_id: Option<String>,
    /// File name as the user sent it, without folders.
    pub uploaded_filename: String,
    /// What it is to become.
    pub new_format: Format,
    /// How.
    pub options: ConversionOptions,
    /// Where the upload lies.
    pub source_key: ObjectKey,
    /// Bytes of the upload.
    pub source_size: i64,
    /// SHA-256 of the upload, hexadecimal; of one that went past us, see [`Task::source_digest`].
    pub source_digest: String,
    /// The offer by which it came, which can be used once.
    pub upload: Option<Uuid>,
}

/// What became of a new task.
#[derive(Debug)]
pub enum Created {
    /// It was made.
    New(Box<Task>),
    /// The owner had made one under the same idempotency key; the new upload is given up.
    Existing(Box<Task>),
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Only tasks in this state.
    pub status: Option<Status>,
    /// Only tasks with a lower number than this.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
}

/// Whoever makes a task sends its message right after, so that it counts as published already.
const CREATE: &str = concat!(
    "insert into tasks (id, file_id, user_id, idempotency_key, request_id, \
    uploaded_filename, new_format, options, source_key, source_size, source_digest, status, \
    progress, generation, claim, attempt, crashes, not_before, uploaded_at, published_at, \
    asked_at, turn) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'uploaded', 0, 1, 0, 0, 0, $12, $12, \
    $12, $12, ",
    turn!("$3", "$1", "$13", "$14"),
    ") on conflict (user_id, idempotency_key) do nothing returning *"
);

const BY_KEY: &str = "select * from tasks where user_id = $1 and idempotency_key = $2";

const GET: &str = "select * from tasks where id = $1 and user_id = $2";

const BY_ID: &str = "select * from tasks where id = $1";

const BY_FILE: &str = "select * from tasks where file_id = $1";

const LIST: &str = "select * from tasks where user_id = $1 and id < $2 order by id desc limit $3";

const LIST_IN: &str = "select * from tasks where user_id = $1 and id < $2 and status = $4 \
    order by id desc limit $3";

const COUNT_WAITING: &str = "select count(*) from tasks \
    where user_id = $1 and (status = 'uploaded' or status = 'processing')";

const CONVERT_AGAIN: &str = concat!(
    "update tasks set generation = generation + 1, status = 'uploaded', new_format = $3, \
    options = $4, request_id = $5, not_before = $6, asked_at = $6, published_at = $6, delayed = false, \
    attempt = 0, crashes = 0, progress = 0, lease_until = null, worker = null, \
    started_at = null, processed_at = null, expires_at = null, error_code = null, \
    error_message = null, turn = ",
    turn!("$2", "$1", "$7", "$8"),
    " where id = $1 and user_id = $2 and source_key is not null returning *"
);

const DROP_RESULT: &str = "update tasks set result_key = null, result_size = null, \
    result_digest = null where id = $1 returning *";

const DELETE: &str = "delete from tasks where id = $1 and user_id = $2 returning *";

const DROP_MAIL: &str = "delete from outbox where task_id = $1";

/// How many times a new number is tried when another process drew the same one.
const NUMBER_TRIES: u32 = 4;

impl Db {
    /// Makes a task and its upload's object live, in one transaction.
    ///
    /// # Errors
    /// [`Error::ObjectCollected`] when the upload took longer than an intent lives;
    /// [`Error::UploadUsed`] when the offer it came by was used or ended; otherwise when the database
    /// fails.
    pub async fn create_task(&self, new: &NewTask) -> Result<Created> {
        for _ in 1..NUMBER_TRIES {
            match self.insert_task(new).await {
                Err(error) if error.is_duplicate() => {}
                result => return self.created(new, result?).await,
            }
        }
        let last = self.insert_task(new).await?;
        self.created(new, last).await
    }

    async fn insert_task(&self, new: &NewTask) -> Result<Option<Task>> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let task: Option<Task> = sqlx::query_as(CREATE)
                .bind(id::new())
                .bind(new.file_id)
                .bind(new.user_id)
                .bind(&new.idempotency_key)
                .bind(&new.request_id)
                .bind(&new.uploaded_filename)
                .bind(new.new_format)
                .bind(Json(&new.options))
                .bind(&new.source_key)
                .bind(new.source_size)
                .bind(&new.source_digest)
                .bind(now)
                .bind(self.turn_spacing())
                .bind(turn_at(now))
                .fetch_optional(&mut *transaction)
                .await?;
            let statement = if task.is_some() { MAKE_LIVE } else { DISCARD };
            let object = sqlx::query(statement).bind(&new.source_key).bind(now);
            let changed = object.execute(&mut *transaction).await?.rows_affected();
            if task.is_some() && changed == 0 {
                return Err(Error::ObjectCollected(new.source_key.to_string()));
            }
            if let (Some(task), Some(upload)) = (&task, new.upload) {
                let query = sqlx::query_scalar(uploads::USE).bind(upload).bind(task.id).bind(now);
                let offered: Option<ObjectKey> = query.fetch_optional(&mut *transaction).await?;
                let offered = offered.ok_or(Error::UploadUsed(upload))?;
                let discard = sqlx::query(DISCARD).bind(&offered).bind(now);
                discard.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(task)
        })
    }

    async fn created(&self, new: &NewTask, task: Option<Task>) -> Result<Created> {
        if let Some(task) = task {
            return Ok(Created::New(Box::new(task)));
        }
        let key = new.idempotency_key.as_deref().unwrap_or_default();
        let existing = self.task_by_idempotency_key(new.user_id, key).await?;
        // The other one can only have been deleted in this moment.
        existing
            .map(|task| Created::Existing(Box::new(task)))
            .ok_or(sqlx::Error::RowNotFound.into())
    }

    /// The task that this owner made under this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_by_idempotency_key(&self, user: i64, key: &str) -> Result<Option<Task>> {
        Ok(on!(self, |pool| sqlx::query_as(BY_KEY)
            .bind(user)
            .bind(key)
            .fetch_optional(pool)
            .await)?)
    }

    /// One of this owner's tasks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_of(&self, user: i64, task: i64) -> Result<Option<Task>> {
        Ok(on!(self, |pool| sqlx::query_as(GET).bind(task).bind(user).fetch_optional(pool).await)?)
    }

    /// A task, whoever owns it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task(&self, task: i64) -> Result<Option<Task>> {
        Ok(on!(self, |pool| sqlx::query_as(BY_ID).bind(task).fetch_optional(pool).await)?)
    }

    /// The task with these files, whoever owns it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_by_file(&self, file: Uuid) -> Result<Option<Task>> {
        Ok(on!(self, |pool| sqlx::query_as(BY_FILE).bind(file).fetch_optional(pool).await)?)
    }

    /// A page of this owner's tasks, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tasks(&self, user: i64, page: Page) -> Result<Vec<Task>> {
        let statement = if page.status.is_some() { LIST_IN } else { LIST };
        Ok(on!(self, |pool| {
            let query = sqlx::query_as(statement).bind(user).bind(page.before).bind(page.limit);
            match page.status {
                Some(status) => query.bind(status).fetch_all(pool).await,
                None => query.fetch_all(pool).await,
            }
        })?)
    }

    /// How many of this owner's tasks have not ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_unfinished_tasks(&self, user: i64) -> Result<i64> {
        Ok(on!(self, |pool| sqlx::query_scalar(COUNT_WAITING).bind(user).fetch_one(pool).await)?)
    }

    /// Asks for another conversion of the stored upload; whatever ran or resulted before is void.
    /// `None`: the owner has no such task, or its upload's retention ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn convert_task_again(
        &self,
        (user, task): (i64, i64),
        format: Format,
        options: &ConversionOptions,
        request_id: Option<&str>,
    ) -> Result<Option<Task>> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let raised: Option<Task> = sqlx::query_as(CONVERT_AGAIN)
                .bind(task)
                .bind(user)
                .bind(format)
                .bind(Json(options))
                .bind(request_id)
                .bind(now)
                .bind(self.turn_spacing())
                .bind(turn_at(now))
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(raised) = raised else { return Ok(None) };
            let discard = sqlx::query(DISCARD).bind(&raised.result_key).bind(now);
            discard.execute(&mut *transaction).await?;
            let task = sqlx::query_as(DROP_RESULT).bind(task).fetch_one(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(Some(task))
        })
    }

    /// Deletes a task; its objects are collected. `None`: the owner has no such task.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_task(&self, user: i64, task: i64) -> Result<Option<Task>> {
        let now = self.now();
        on!(self, |pool| {
            let mut transaction = pool.begin().await?;
            let deleted: Option<Task> = sqlx::query_as(DELETE)
                .bind(task)
                .bind(user)
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(deleted) = deleted else { return Ok(None) };
            for key in [&deleted.source_key, &deleted.result_key].into_iter().flatten() {
                sqlx::query(DISCARD).bind(key).bind(now).execute(&mut *transaction).await?;
            }
            sqlx::query(DROP_MAIL).bind(task).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(Some(deleted))
        })
    }
}
