//! Names of objects in the bucket.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Name of an object. It is made of a fixed word, numbers and slashes, so that it is safe as a
/// path, and is never used for two objects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// A new name for an upload.
    #[must_use]
    pub fn source() -> Self {
        Self(format!("src/{}", Uuid::new_v4()))
    }

    /// A new name for an upload that its owner puts into the bucket.
    #[must_use]
    pub fn direct() -> Self {
        Self(format!("up/{}", Uuid::new_v4()))
    }

    /// The name of what a claim on a task produces.
    #[must_use]
    pub fn result(claim: crate::db::Claim) -> Self {
        Self(format!("out/{}/{}/{}", claim.task, claim.generation, claim.token))
    }

    /// A new name for an object with which the bucket is tried.
    #[must_use]
    pub fn probe() -> Self {
        Self(format!("probe/{}", Uuid::new_v4()))
    }

    /// The name as text, parts parted by slashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
