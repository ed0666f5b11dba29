//! A folder as bucket: an object is a file, written under a temporary name beside its own.

use std::io::{self, ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::{Error, ObjectBody, ObjectKey, OpenError, Result};

/// Bytes per block read, and per system call.
const BLOCK: usize = 256 * 1024;

/// How often an upload makes its folder again because `prune` took it away in the same moment. It
/// does so at most once for each object that is deleted just then.
const PRUNED_TRIES: usize = 100;

/// A bucket in the local file system.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) async fn open(root: &Path) -> std::result::Result<Self, OpenError> {
        let unusable = |error| OpenError::Folder(root.to_owned(), error);
        fs::create_dir_all(root).await.map_err(unusable)?;
        Ok(Self { root: root.to_owned() })
    }

    pub(super) async fn put<S>(&self, key: &ObjectKey, blocks: S) -> Result<u64>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let (part, mut file) = Part::create(self, key).await?;
        file.set_max_buf_size(BLOCK);
        let mut blocks = std::pin::pin!(blocks);
        let mut size = 0;
        while let Some(block) = blocks.next().await {
            let block = block.map_err(Error::Source)?;
            file.write_all(&block).await?;
            size += block.len() as u64;
        }
        file.flush().await?;
        file.sync_all().await?;
        part.publish().await?;
        Ok(size)
    }

    pub(super) async fn get(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<ObjectBody> {
        let mut file = File::open(self.path(key)).await.map_err(|error| missing(key, error))?;
        file.set_max_buf_size(BLOCK);
        let size = file.metadata().await?.len();
        let range = range.unwrap_or(0..size);
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await?;
        }
        let part = file.take(range.end.saturating_sub(range.start));
        let blocks = ReaderStream::with_capacity(part, BLOCK).map_err(Error::from);
        Ok(ObjectBody { size, blocks: blocks.boxed() })
    }

    /// A link where the file system allows one, since objects never change once they are there.
    /// Such a link must never be written to, hence nothing that exists is.
    pub(super) async fn fetch(
        &self,
        key: &ObjectKey,
        path: &Path,
        _digest: Option<&str>,
    ) -> Result<()> {
        let object = self.path(key);
        fs::metadata(&object).await.map_err(|error| missing(key, error))?;
        match fs::hard_link(&object, path).await {
            Err(error) if is_of_the_path(&error) => Err(error.into()),
            Err(_) => {
                let mut source = File::open(&object).await.map_err(|error| missing(key, error))?;
                let mut file = File::create_new(path).await?;
                tokio::io::copy(&mut source, &mut file).await?;
                Ok(file.flush().await?)
            }
            Ok(()) => Ok(()),
        }
    }

    pub(super) async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        match fs::metadata(self.path(key)).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<()> {
        let (part, file) = Part::create(self, to).await?;
        let copied = fs::copy(self.path(from), &part.path).await;
        copied.map_err(|error| missing(from, error))?;
        file.sync_all().await?;
        part.publish().await
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<()> {
        for path in [part_of(&self.path(key)), self.path(key)] {
            match fs::remove_file(&path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        self.prune(key).await;
        Ok(())
    }

    pub(super) async fn ping(&self) -> Result<()> {
        fs::metadata(&self.root).await?;
        Ok(())
    }

    /// Removes the folders that a deleted object leaves empty. Best effort: a folder that has
    /// something in it again refuses, which is what is wanted.
    async fn prune(&self, key: &ObjectKey) {
        let mut folder = Path::new(key.as_str()).parent();
        while let Some(name) = folder.filter(|name| name.components().count() > 1) {
            if fs::remove_dir(self.root.join(name)).await.is_err() {
                return;
            }
            folder = name.parent();
        }
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(key.as_str())
    }
}

/// The file that an object is written to until it is whole; removed when dropped before that.
struct Part {
    path: PathBuf,
    object: PathBuf,
}

impl Part {
    async fn create(folder: &Folder, key: &ObjectKey) -> Result<(Self, File)> {
        let object = folder.path(key);
        let path = part_of(&object);
        for _ in 0..PRUNED_TRIES {
            match create_with_folder(&path).await {
                Err(error) if is_of_the_path(&error) => {}
                file => return Ok((Self { path, object }, file?)),
            }
        }
        let file = create_with_folder(&path).await?;
        Ok((Self { path, object }, file))
    }

    async fn publish(self) -> Result<()> {
        fs::rename(&self.path, &self.object).await?;
        if let Some(parent) = self.object.parent() {
            // The new name itself must reach the disk before the object is promised to anyone.
            File::open(parent).await?.sync_all().await?;
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `publish` there is nothing under this name; a failure is the sweeper's to mend.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn create_with_folder(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).await?;
    }
    File::create(path).await
}

fn part_of(object: &Path) -> PathBuf {
    object.with_extension("part")
}

/// Whether it failed for what is, or is not, under that path.
fn is_of_the_path(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound)
}

fn missing(key: &ObjectKey, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::NotFound(key.to_string()),
        _ => error.into(),
    }
}
