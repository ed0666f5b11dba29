//! How a conversion can end other than well, and what that means for its task.

use std::io;

use platform::{bucket, db};

/// Why a claimed task has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The upload is at fault; trying again is of no use.
    #[error("{0}")]
    Input(codec::Error),
    /// It took longer than a conversion may.
    #[error("the conversion took too long")]
    TimeLimit,
    /// The upload is no longer in the bucket.
    #[error("the upload is gone: {0}")]
    SourceGone(String),
    /// There is no room to work in.
    #[error("there is not enough room for the conversion")]
    NoRoom,
    /// This process is to stop.
    #[error("the converter is to stop")]
    Stopped,
    /// The claim no longer holds.
    #[error("the task was taken away")]
    Lost,
    /// Something that is not the upload's fault.
    #[error("{0}")]
    Infrastructure(String),
}

impl Failure {
    /// Its name in the metrics.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Input(error) => error.code(),
            Self::TimeLimit => TIME_LIMIT.code,
            Self::SourceGone(_) => SOURCE_GONE.code,
            Self::NoRoom => "no_room",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
            Self::Infrastructure(_) => "infrastructure",
        }
    }
}

/// A code with which a task can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskCode {
    /// The code.
    pub code: &'static str,
    /// What it tells the owner of the task.
    pub message: &'static str,
}

/// The codes that this tier adds to those of the engine.
pub const TASK_CODES: [TaskCode; 4] = [TIME_LIMIT, SOURCE_GONE, GIVEN_UP, WORKER_CRASHED];

pub(crate) const TIME_LIMIT: TaskCode = TaskCode {
    code: "time_limit",
    message: "The conversion took longer than is allowed. Split the file into shorter parts.",
};

pub(crate) const SOURCE_GONE: TaskCode = TaskCode {
    code: "source_gone",
    message: "The uploaded file is no longer stored. Upload it again.",
};

pub(crate) const GIVEN_UP: TaskCode = TaskCode {
    code: "given_up",
    message: "The conversion failed several times through no fault of the file. \
              Ask for it again later.",
};

const WORKER_CRASHED: TaskCode = TaskCode { code: db::CRASHED.0, message: db::CRASHED.1 };

impl From<codec::Error> for Failure {
    fn from(error: codec::Error) -> Self {
        match error {
            codec::Error::Cancelled => Self::Stopped,
            codec::Error::Read(error) | codec::Error::Write(error) => error.into(),
            error if error.is_input_fault() => Self::Input(error),
            error => Self::Infrastructure(error.to_string()),
        }
    }
}

impl From<bucket::Error> for Failure {
    fn from(error: bucket::Error) -> Self {
        match error {
            bucket::Error::Full(_) => Self::NoRoom,
            error => Self::Infrastructure(error.to_string()),
        }
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::Infrastructure(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        bucket::Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_page_of_errors_lists_every_code_that_a_task_can_fail_with() {
        let page = include_str!("../../docs/errors.md");
        let (_, table) = page.split_once("## Codes of failed tasks").expect("the section");
        // These end in another try, not in a failed task.
        let tried_again = ["cancelled", "io", "encoder_failed"];
        let engine = codec::Error::CODES.into_iter().filter(|code| !tried_again.contains(code));
        let codes: BTreeSet<_> =
            engine.chain(TASK_CODES.iter().map(|task_code| task_code.code)).collect();
        let rows = table.lines().filter(|line| line.starts_with("| `"));
        let rows: BTreeSet<_> = rows.filter_map(|line| line.split('`').nth(1)).collect();
        assert_eq!(rows, codes);
    }
}
