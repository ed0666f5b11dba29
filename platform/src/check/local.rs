//! Tries what lies on this machine: folders, their room, and the secret.

use std::io::{self, Read, Write};
use std::path::Path;

use bytesize::ByteSize;

use super::{Fault, Outcome};
use crate::config::Config;
use crate::secret::Secret;

/// Room that a conversion may need, as a multiple of its input.
const ROOM_PER_INPUT: u64 = 3;

pub(super) async fn data_folder(config: &Config) -> Outcome {
    let folder = config.data_dir.clone();
    folder_of(&folder, "DATA_DIR").await
}

/// The folder of running conversions, with room for the largest upload.
pub(super) async fn scratch_folder(config: &Config) -> Outcome {
    let folder = config.scratch_dir();
    let usable = folder_of(&folder, "SCRATCH_DIR").await?;
    let free = free(&folder)
        .map_err(|error| Fault::new(error, "Set SCRATCH_DIR to a folder on a local disk."))?;
    let needed = config.max_upload_size.as_u64().saturating_mul(ROOM_PER_INPUT);
    if free < needed {
        return Err(Fault::new(
            format!("{} are free, and the largest upload needs {}", size(free), size(needed)),
            "Make room, set SCRATCH_DIR to a larger disk, or lower MAX_UPLOAD_SIZE.",
        ));
    }
    Ok(format!("{usable}; {} are free", size(free)))
}

pub(super) async fn secret(config: &Config) -> Outcome {
    let given = config.jwt_secret.as_deref();
    if given.is_none() && !config.queue_url.starts_with("local") {
        return Err(Fault::new(
            "each process would make a secret of its own, and refuse the others' logins",
            "Set JWT_SECRET to the same 32 random bytes or more for all processes.",
        ));
    }
    match Secret::load(given, &config.data_dir) {
        Ok(_) if given.is_some() => Ok("it is long enough".to_owned()),
        Ok(_) => Ok(format!("kept in {}", config.data_dir.display())),
        Err(error) => Err(Fault::new(error, "Set JWT_SECRET to 32 random bytes or more.")),
    }
}

async fn folder_of(folder: &Path, variable: &str) -> Outcome {
    let path = folder.to_owned();
    let tried = tokio::task::spawn_blocking(move || try_folder(&path)).await;
    let tried = tried.unwrap_or_else(|error| Err(io::Error::other(error)));
    match tried {
        Ok(()) => Ok(format!("files can be written in {}", folder.display())),
        Err(error) => Err(Fault::new(
            format!("{} can't be used: {error}", folder.display()),
            format!(
                "Give the user who runs this the right to write there, or set {variable} to \
                 another folder."
            ),
        )),
    }
}

fn try_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("probe-{}", uuid::Uuid::new_v4()));
    let mut file = std::fs::File::options().write(true).create_new(true).open(&path)?;
    let tried = file.write_all(b"probe").and_then(|()| {
        let mut read = Vec::new();
        std::fs::File::open(&path)?.read_to_end(&mut read)?;
        if read == b"probe" { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    });
    std::fs::remove_file(&path).and(tried)
}

fn free(folder: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

fn size(bytes: u64) -> ByteSize {
    ByteSize::b(bytes)
}
