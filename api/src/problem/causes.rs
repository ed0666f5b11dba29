//! Failures of the seams as problems: what broke is logged, the client is told to try again.

use platform::{bucket, db};

use super::{Code, Problem};

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        let code = match error {
            db::Error::UploadUsed(_) => Code::UploadUsed,
            _ => Code::Unavailable,
        };
        Self::caused(code, error)
    }
}

impl From<bucket::Error> for Problem {
    fn from(error: bucket::Error) -> Self {
        let code = match error {
            bucket::Error::Full(_) => Code::StorageFull,
            _ => Code::Unavailable,
        };
        Self::caused(code, error)
    }
}
