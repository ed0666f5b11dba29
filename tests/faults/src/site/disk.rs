//! A small disk of its own for each converter's scratch folder, which can be filled.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// Room on it; far more than a conversion here takes.
const SIZE: &str = "size=24m";

/// A mounted disk; it goes with the name space that the harness runs in.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) folder: PathBuf,
}

impl Disk {
    /// Mounts one at `folder`.
    pub(crate) fn mount(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(&folder);
        let output = mount.output()?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(
                format!("a small disk can't be mounted, so none can be filled: {words}").into()
            );
        }
        Ok(Self { folder })
    }

    /// Leaves no room on it.
    pub(crate) fn fill(&self) -> Result<()> {
        let mut file = std::fs::File::create(self.ballast())?;
        let block = vec![0; 64 * 1024];
        while file.write_all(&block).is_ok() {}
        Ok(())
    }

    /// Gives the room back.
    pub(crate) fn empty(&self) {
        let _ = std::fs::remove_file(self.ballast());
    }

    fn ballast(&self) -> PathBuf {
        Path::new(&self.folder).join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What still holds it is being killed.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}
