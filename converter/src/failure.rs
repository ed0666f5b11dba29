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
