//! The record of each observation period. Periods are counted from 1970 on, so that all sweepers
//! mean the same one; the first that records it wins.

use std::time::Duration;

use chrono::TimeDelta;
use platform::clock::Time;
use platform::db::Result;

use super::{Sweeper, span};

/// How long after a period's end what was done in it may still be committed.
const SETTLING: TimeDelta = TimeDelta::milliseconds(500);
/// How long periods are kept.
const RECORD: TimeDelta = TimeDelta::days(7);

impl Sweeper {
    /// Records the last period that ended, once. One during which no sweeper ran, nor soon after,
    /// has no record.
    pub(super) async fn observe(&mut self) -> Result<()> {
        let length = self.settings.observation_period;
        let now = self.db.now();
        let start = start_of(now - SETTLING, length) - span(length);
        if self.observed.is_some_and(|last| start <= last) {
            return Ok(());
        }
        if !self.db.is_observed(start).await? {
            self.db.observe(start, length).await?;
            self.db.forget_observations(now - RECORD).await?;
        }
        self.observed = Some(start);
        Ok(())
    }
}

/// When the period of this length began in which `time` lies.
fn start_of(time: Time, length: Duration) -> Time {
    let length = i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1);
    let second = time.timestamp();
    Time::from_timestamp(second - second.rem_euclid(length), 0).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_follow_each_other_from_1970_on() {
        let time = |seconds, nanoseconds| Time::from_timestamp(seconds, nanoseconds).unwrap();
        let minute = Duration::from_mins(1);
        assert_eq!(start_of(time(119, 999_999_000), minute), time(60, 0));
        assert_eq!(start_of(time(120, 0), minute), time(120, 0));
        assert_eq!(start_of(time(120, 1000), Duration::from_secs(7)), time(119, 0));
    }
}
