//! Local files of conversions that are running: each conversion has a folder of its own, removed
//! when it ends.

use std::io;
use std::path::{Path, PathBuf};

use platform::db::Claim;

/// Room that a conversion may need, as a multiple of its input: the input, a result, and slack.
const ROOM_PER_INPUT: u64 = 3;

/// What the names of our folders begin with, followed by the process's number: in a folder such as
/// /tmp, the rest is somebody else's.
const PREFIX: &str = "soundmill-";

/// The folder can't be used.
#[derive(Debug, thiserror::Error)]
#[error("SCRATCH_DIR: the folder {0} can't be used: {1}")]
pub struct ScratchError(PathBuf, io::Error);

/// The folder in which conversions run.
#[derive(Debug, Clone)]
pub struct Scratch {
    root: PathBuf,
}

impl Scratch {
    /// Makes a folder for this process in `parent`, and removes those of processes that ended
    /// without doing so themselves.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn open(parent: &Path) -> Result<Self, ScratchError> {
        let failed = |error| ScratchError(parent.to_owned(), error);
        let root = parent.join(format!("{PREFIX}{}", std::process::id()));
        remove_left_over(parent, &root).map_err(failed)?;
        std::fs::create_dir_all(&root).map_err(failed)?;
        Ok(Self { root })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// A folder for what runs under this claim.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn folder(&self, claim: Claim) -> io::Result<Folder> {
        let path = self.root.join(format!("{}-{}", claim.task, claim.token));
        std::fs::create_dir_all(&path)?;
        Ok(Folder { path })
    }

    /// Whether there is room to convert an input of `size` bytes.
    ///
    /// # Errors
    /// When the file system does not say.
    pub(crate) fn has_room_for(&self, size: u64) -> io::Result<bool> {
        let system = rustix::fs::statvfs(&self.root)?;
        let free = system.f_bavail.saturating_mul(system.f_frsize);
        Ok(free >= size.saturating_mul(ROOM_PER_INPUT))
    }
}

/// Removes the folders of processes that no longer run.
fn remove_left_over(parent: &Path, own: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let process = name.and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        let Some(process) = process else { continue };
        if path == own || !Path::new("/proc").join(process.to_string()).exists() {
            std::fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// The files of one conversion; they are removed with it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Where the upload is laid.
    pub(crate) fn source(&self) -> PathBuf {
        self.path.join("source")
    }

    /// Where the result is written.
    pub(crate) fn result(&self) -> PathBuf {
        self.path.join("result")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "a conversion's files could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_converter_left_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        // No process has this number: it is beyond what the kernel gives out.
        let dead = parent.path().join("soundmill-999999999");
        let others = ["holiday-photos", "999999999", "lost+found", "soundmill-notes"];
        for folder in others.iter().map(|name| parent.path().join(name)).chain([dead.clone()]) {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(parent.path().join("soundmill.txt"), "a file").unwrap();
        Scratch::open(parent.path()).unwrap();
        assert!(!dead.exists());
        for name in others.into_iter().chain(["soundmill.txt"]) {
            assert!(parent.path().join(name).exists(), "{name}");
        }
    }
}
