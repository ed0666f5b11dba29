//! Trying again: how often, after which pauses, and which failures are worth it.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::{Error, Result};

/// Longest time for one attempt of a call that carries at most one block.
pub(super) const ATTEMPT: Duration = Duration::from_mins(1);

/// Longest time until the other side takes a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// Longest silence of a connection that something is read from.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Attempts of one call, the first included.
pub(super) const ATTEMPTS: u32 = 4;

/// The first pause; each further one is twice as long, up to the last.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause.
pub(super) const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another attempt may succeed.
    Passing(Error),
    /// Any further attempt would fail as well.
    Lasting(Error),
}

impl Fault {
    /// A connection that broke, or was silent for too long.
    pub(super) fn broken(
        kind: ErrorKind,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Passing(Error::Io(io::Error::new(kind, cause)))
    }

    /// The failure itself.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Passing(error) | Self::Lasting(error) => error,
        }
    }
}

/// Calls until it succeeds, fails for good, or has been tried often enough.
pub(super) async fn retry<T, F>(operation: &'static str, call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = std::result::Result<T, Fault>>,
{
    for pause in pauses() {
        match attempt(&call, ATTEMPT).await {
            Err(Fault::Passing(error)) => again(operation, &error),
            done => return done.map_err(Fault::into_error),
        }
        tokio::time::sleep(pause).await;
    }
    attempt(&call, ATTEMPT).await.map_err(Fault::into_error)
}

async fn attempt<T, F>(call: impl Fn() -> F, limit: Duration) -> std::result::Result<T, Fault>
where
    F: Future<Output = std::result::Result<T, Fault>>,
{
    let done = tokio::time::timeout(limit, call()).await;
    done.unwrap_or_else(|_| Err(Fault::broken(ErrorKind::TimedOut, "no answer came")))
}

/// Counts an attempt that is followed by another.
pub(super) fn again(operation: &'static str, error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("bucket_retries_total", "operation" => operation).increment(1);
    tracing::debug!(operation, error, "the bucket failed; trying again");
}

/// The pauses between the attempts, drawn so that many who wait do not come back together.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    let longest = std::iter::successors(Some(FIRST_PAUSE), |last| Some(*last * 2));
    longest
        .take(ATTEMPTS as usize - 1)
        .map(|pause| pause.min(LAST_PAUSE).mul_f64(rand::random_range(0.5..1.0)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn calls(outcome: impl Fn(u32) -> std::result::Result<(), Fault>) -> (u32, Result<()>) {
        let count = Cell::new(0);
        let result = retry("test", || {
            count.set(count.get() + 1);
            std::future::ready(outcome(count.get()))
        });
        let result = result.await;
        (count.get(), result)
    }

    #[tokio::test]
    async fn what_passes_is_tried_again_and_what_lasts_is_not() {
        let broken = || Fault::broken(ErrorKind::ConnectionReset, "reset");
        let (count, result) = calls(|_| Err(broken())).await;
        assert!(count == ATTEMPTS && matches!(result, Err(Error::Io(_))));
        let (count, result) = calls(|at| if at < 3 { Err(broken()) } else { Ok(()) }).await;
        assert!(count == 3 && result.is_ok());
        let (count, result) = calls(|_| Err(Fault::Lasting(Error::NotFound("x".into())))).await;
        assert!(count == 1 && matches!(result, Err(Error::NotFound(_))));
    }

    #[tokio::test]
    async fn an_attempt_that_is_never_answered_ends() {
        let silent = std::future::pending::<std::result::Result<(), Fault>>;
        let ended = attempt(silent, Duration::from_millis(1)).await.map_err(Fault::into_error);
        assert!(matches!(ended, Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut));
    }
}
