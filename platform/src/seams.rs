//! The four seams to the outside, opened by their URLs.

use std::path::PathBuf;

use crate::bucket::{self, Bucket};
use crate::config::Config;
use crate::db::{self, Db};
use crate::mail::{self, Mailer};
use crate::queue::{self, Queue};
use crate::secret::{self, Secret};

/// Why a seam can't be used, led by the variable to set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder of everything can't be made.
    #[error("DATA_DIR: the folder {0} can't be made: {1}")]
    DataDir(PathBuf, std::io::Error),
    /// The database.
    #[error("DATABASE_URL: {0}")]
    Database(#[from] db::OpenError),
    /// The bucket.
    #[error("BUCKET_URL: {0}")]
    Bucket(#[from] bucket::OpenError),
    /// The queue.
    #[error("QUEUE_URL: {0}")]
    Queue(#[from] queue::OpenError),
    /// The mail system.
    #[error("MAIL_URL: {0}")]
    Mail(#[from] mail::OpenError),
    /// The secret.
    #[error("JWT_SECRET: {0}")]
    Secret(#[from] secret::Error),
}

/// What every role is given.
#[derive(Debug, Clone)]
pub struct Seams {
    /// Rows.
    pub db: Db,
    /// Bytes.
    pub bucket: Bucket,
    /// Hints to converters.
    pub queue: Queue,
    /// Mails to people.
    pub mailer: Mailer,
    /// Signs tokens and links.
    pub secret: Secret,
}

impl Seams {
    /// Opens every seam as configured.
    ///
    /// # Errors
    /// When one can't be used; the message names the variable.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|error| Error::DataDir(config.data_dir.clone(), error))?;
        Ok(Self {
            db: Db::open(&config.database_url(), config.into()).await?,
            bucket: Bucket::open(&config.bucket_url()).await?,
            queue: Queue::open(&config.queue_url, config.max_queue_depth).await?,
            mailer: Mailer::open(&config.mail_url(), &config.mail_from, config.mail_timeout)
                .await?,
            secret: Secret::load(config.jwt_secret.as_deref(), &config.data_dir)?,
        })
    }
}
