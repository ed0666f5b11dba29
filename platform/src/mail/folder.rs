//! Mails as `.eml` files, for a laptop without a mail server: any mail program opens them.

use std::path::{Path, PathBuf};

use tokio::fs;

use super::{Error, OpenError};

/// A folder that mails are laid into.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) async fn open(path: &Path) -> Result<Self, OpenError> {
        let unusable = |error| OpenError::Folder(path.to_owned(), error);
        fs::create_dir_all(path).await.map_err(unusable)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Lays the mail down under its name, so that sending it twice leaves one.
    pub(super) async fn send(&self, id: &str, message: &[u8]) -> Result<(), Error> {
        let part = self.path.join(format!("{id}.part"));
        fs::write(&part, message).await.map_err(|error| transient(&error))?;
        let whole = self.path.join(format!("{id}.eml"));
        fs::rename(&part, &whole).await.map_err(|error| transient(&error))
    }

    pub(super) async fn ping(&self) -> Result<(), Error> {
        fs::metadata(&self.path).await.map(|_| ()).map_err(|error| transient(&error))
    }
}

fn transient(error: &std::io::Error) -> Error {
    Error::Transient(error.to_string())
}
