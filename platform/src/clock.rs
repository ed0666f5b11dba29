//! The one place that reads the time of day.

use chrono::{DateTime, SubsecRound, Utc};

/// A moment in UTC, to the microsecond.
pub type Time = DateTime<Utc>;

/// The time of day, truncated to microseconds, which is what `PostgreSQL` keeps.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn now() -> Time {
    Utc::now().trunc_subsecs(6)
}
