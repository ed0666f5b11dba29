//! What can go wrong in the database.

/// A statement that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine refused it or could not be reached.
    #[error("the database failed: {0}")]
    Engine(#[from] sqlx::Error),
    /// The object that the row was to name had been collected in the meantime: the writer took
    /// longer than an intent lives.
    #[error("the object {0} was collected before it was used")]
    ObjectCollected(String),
    /// The offer had been used already, or had ended.
    #[error("the upload {0} can't be used")]
    UploadUsed(uuid::Uuid),
}

/// Shorthand for results of this module.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Whether a unique constraint was the reason.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Engine(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
