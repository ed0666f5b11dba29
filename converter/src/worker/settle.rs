//! Writing down what became of a conversion. Every statement is fenced by the claim, so saying it
//! twice, or too late, does no harm.

use std::time::Duration;

use platform::db::{Claim, Error, RetryAt};
use platform::dispatch;
use platform::queue::Job;
use platform::task::Task;

use super::Shared;
use super::conversion::Converted;
use crate::failure::{Failure, GIVEN_UP, SOURCE_GONE, TIME_LIMIT};

/// Attempts after which a task is given up.
const MAX_ATTEMPTS: i64 = 6;
/// Pause after a first failed attempt; it doubles with each further one.
const RETRY_BASE: Duration = Duration::from_secs(5);
/// Longest pause between two attempts.
const RETRY_MOST: Duration = Duration::from_mins(5);
/// Pause after which a full disk is looked at again.
const NO_ROOM_PAUSE: Duration = Duration::from_secs(30);

/// Records the end of a conversion.
pub(super) async fn settle(
    shared: &Shared,
    task: &Task,
    result: &Result<Converted, Failure>,
) -> Result<(), Error> {
    let claim = Claim::on(task);
    let failure = match result {
        Ok(converted) => return finish(shared, task, converted).await,
        Err(failure) => failure,
    };
    match failure {
        Failure::Input(error) => fail(shared, claim, error.code(), &error.to_string()).await,
        Failure::TimeLimit => fail(shared, claim, TIME_LIMIT.code, TIME_LIMIT.message).await,
        Failure::SourceGone(_) => fail(shared, claim, SOURCE_GONE.code, SOURCE_GONE.message).await,
        Failure::Infrastructure(_) if task.attempt >= MAX_ATTEMPTS => {
            fail(shared, claim, GIVEN_UP.code, GIVEN_UP.message).await
        }
        Failure::Infrastructure(_) => retry(shared, task).await,
        Failure::NoRoom => give_back(shared, task, NO_ROOM_PAUSE, Some("no_room")).await,
        Failure::Stopped => release(shared, task).await,
        Failure::Lost => Ok(()),
    }
}

async fn finish(shared: &Shared, task: &Task, converted: &Converted) -> Result<(), Error> {
    let outcome = &converted.outcome;
    match shared.db.finish_task(Claim::on(task), outcome, shared.settings.retention).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            tracing::info!("the task was taken away; its result is dropped");
            shared.db.discard_object(&outcome.result_key).await
        }
        Err(Error::ObjectCollected(_)) => retry(shared, task).await,
        Err(error) => Err(error),
    }
}

async fn fail(shared: &Shared, claim: Claim, code: &str, message: &str) -> Result<(), Error> {
    shared.db.fail_task(claim, (code, message), shared.settings.retention).await?;
    Ok(())
}

/// Gives a task back because this process ends, and tells the others at once.
async fn release(shared: &Shared, task: &Task) -> Result<(), Error> {
    give_back(shared, task, Duration::ZERO, Some("stopped")).await?;
    dispatch::publish(&shared.db, &shared.queue, Job::of(task)).await;
    Ok(())
}

async fn retry(shared: &Shared, task: &Task) -> Result<(), Error> {
    give_back(shared, task, retry_pause(task.attempt), None).await
}

/// Gives a task back; for a `reason` that has nothing to do with it, with its attempt.
async fn give_back(
    shared: &Shared,
    task: &Task,
    pause: Duration,
    reason: Option<&'static str>,
) -> Result<(), Error> {
    let give_attempt_back = reason.is_some();
    let retry = RetryAt { not_before: shared.db.now() + pause, give_attempt_back };
    if shared.db.return_task(Claim::on(task), retry).await? {
        match reason {
            Some(reason) => {
                metrics::counter!("conversion_releases_total", "reason" => reason).increment(1);
            }
            None => metrics::counter!("conversion_retries_total").increment(1),
        }
    }
    Ok(())
}

/// Doubles with each attempt and varies by half, so that many that failed together don't come back
/// together.
fn retry_pause(attempt: i64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(0, 16)).unwrap_or(0);
    let pause = RETRY_BASE.saturating_mul(1 << doublings).min(RETRY_MOST);
    pause.mul_f64(rand::random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_vary_by_half() {
        for (attempt, seconds) in [(1, 10.0), (2, 20.0), (3, 40.0), (5, 160.0), (6, 300.0)] {
            for _ in 0..100 {
                let pause = retry_pause(attempt).as_secs_f64();
                assert!((0.5 * seconds..=1.5 * seconds).contains(&pause), "{attempt}: {pause}");
            }
        }
    }
}
