//! The secret that signs tokens and links.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Fewest bytes of a secret: the output of the hash in HS256 (RFC 7518 § 3.2).
const LEAST: usize = 32;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can be guessed.
    #[error("it has {0} bytes, but must have at least {LEAST}")]
    Short(usize),
    /// Its file can't be used.
    #[error("{0} can't be used: {1}")]
    File(PathBuf, std::io::Error),
}

/// Bytes that only the service knows. Never printed.
#[derive(Clone)]
pub struct Secret(Arc<[u8]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret that was given, or else the one kept in `folder`, made there the first time.
    ///
    /// # Errors
    /// When it is too short or the file can't be used.
    pub fn load(given: Option<&str>, folder: &Path) -> Result<Self, Error> {
        match given {
            Some(text) => Self::checked(text.as_bytes()),
            None => Self::kept(&folder.join("jwt.secret")),
        }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn checked(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() < LEAST {
            return Err(Error::Short(bytes.len()));
        }
        Ok(Self(bytes.into()))
    }

    fn kept(path: &Path) -> Result<Self, Error> {
        let failed = |error| Error::File(path.to_owned(), error);
        match make(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let mut bytes = Vec::new();
        // Bounded, in case the path names something endless.
        File::open(path)
            .and_then(|file| file.take(4096).read_to_end(&mut bytes))
            .map_err(failed)?;
        Self::checked(&bytes)
    }
}

/// Writes a new secret that only the owner may read; whole or not at all, and never over another.
fn make(path: &Path) -> std::io::Result<()> {
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let secret: [u8; LEAST] = rand::random();
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&part, path);
    std::fs::remove_file(&part)?;
    linked
}
