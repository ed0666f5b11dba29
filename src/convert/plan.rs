//! Which file becomes which.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use codec::Target;

use super::arguments::Arguments;

/// Deepest folder that is looked into.
const DEEPEST: usize = 64;

/// One file to convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) source: PathBuf,
    pub(super) result: PathBuf,
}

/// All that is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) target: Target,
    pub(super) jobs: Vec<Job>,
    /// Whether the files come from a folder, in which not every file need be audio.
    pub(super) folder: bool,
}

/// Why nothing can be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("{0} can't be read: {1}")]
    Input(PathBuf, std::io::Error),
    #[error("{0}: say the format by --to, or by an extension of OUT: mp3, aac, ogg or wav")]
    NoFormat(PathBuf),
    #[error("{0} is a file, but IN is a folder; name a folder as OUT")]
    NotAFolder(PathBuf),
    #[error("{0} holds no file")]
    Empty(PathBuf),
}

impl Plan {
    /// Looks at what is there.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, PlanError> {
        let (input, output) = (&arguments.input, &arguments.output);
        let unreadable = |error| PlanError::Input(input.clone(), error);
        if std::fs::metadata(input).map_err(unreadable)?.is_dir() {
            return Self::tree(arguments);
        }
        let by_extension = || output.extension()?.to_str()?.parse().ok();
        let folder = output.is_dir() || ends_with_slash(output);
        let target = arguments.to.or_else(|| (!folder).then(by_extension).flatten());
        let target = target.ok_or_else(|| PlanError::NoFormat(output.clone()))?;
        let result = if folder {
            output.join(input.file_name().unwrap_or_default()).with_extension(target.name())
        } else {
            output.clone()
        };
        Ok(Self { target, jobs: vec![Job { source: input.clone(), result }], folder: false })
    }

    fn tree(arguments: &Arguments) -> Result<Self, PlanError> {
        let (input, output) = (&arguments.input, &arguments.output);
        if output.is_file() {
            return Err(PlanError::NotAFolder(output.clone()));
        }
        let target = arguments.to.ok_or_else(|| PlanError::NoFormat(output.clone()))?;
        let mut files = Vec::new();
        // The results of an earlier run are not to be converted again.
        let apart = output
            .canonicalize()
            .ok()
            .filter(|path| Some(path) != input.canonicalize().ok().as_ref());
        collect(input, apart.as_deref(), 0, &mut files)?;
        files.sort();
        if files.is_empty() {
            return Err(PlanError::Empty(input.clone()));
        }
        let jobs = name(&files, input, output, target);
        Ok(Self { target, jobs, folder: true })
    }
}

/// Regular files below a folder. Links to folders are not followed, since they may lead in circles.
fn collect(
    folder: &Path,
    apart: Option<&Path>,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), PlanError> {
    let unreadable = |error| PlanError::Input(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        if kind.is_dir() {
            let is_apart = apart.is_some() && path.canonicalize().ok().as_deref() == apart;
            if depth < DEEPEST && !is_apart {
                collect(&path, apart, depth + 1, files)?;
            }
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Names each result as its source with another extension. Where two sources would share a name,
/// as `a.mp3` and `a.flac` do, each keeps its own extension in it.
fn name(files: &[PathBuf], input: &Path, output: &Path, target: Target) -> Vec<Job> {
    let plain = |file: &PathBuf| {
        output.join(file.strip_prefix(input).unwrap_or(file)).with_extension(target.name())
    };
    let mut uses: HashMap<PathBuf, usize> = HashMap::new();
    for file in files {
        *uses.entry(plain(file)).or_default() += 1;
    }
    let result = |file: &PathBuf| {
        let plain = plain(file);
        match (uses.get(&plain), file.file_name()) {
            (Some(2..), Some(name)) => {
                let mut name = name.to_owned();
                name.push(".");
                name.push(target.name());
                plain.with_file_name(name)
            }
            _ => plain,
        }
    };
    files.iter().map(|file| Job { source: file.clone(), result: result(file) }).collect()
}

fn ends_with_slash(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last() == Some(&b'/')
}
