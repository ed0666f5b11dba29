//! Runs the harness in name spaces of its own for processes and mounts: when it ends, however it
//! ends, the kernel ends every process that it started and takes away what it mounted.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::Result;

/// Set in the environment of the harness inside.
const INSIDE: &str = "FAULTS_INSIDE";

/// Replaces this process by one inside, unless it already is.
pub(crate) fn enter() -> Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        return Err("the faults need root, to mount small disks and to fill them; use sudo".into());
    }
    let own = std::env::current_exe()?;
    let error = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(own)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .exec();
    Err(format!("unshare can't be run ({error}); install util-linux").into())
}
