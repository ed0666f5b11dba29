//! Hashing passwords: off the async threads, a bounded number at a time, with a bounded queue.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::credentials::Password;
use crate::problem::{Code, Problem};

/// Memory of one hash in KiB: 19 MiB, with 2 passes the least that OWASP recommends.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many may wait for each that runs. A hash takes tens of milliseconds, so that the last in
/// the queue waits for a fraction of a second.
const WAITING_PER_SLOT: usize = 4;

/// What an unknown user's password is compared to, so that it takes as long as a known one's. It
/// has the parameters above; what it was made of does not matter, since its match is never used.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz\
    $7mUQ0kKq1bl4Z4tQ0n0Vw0m3E4pE6mG3v8yGq0nJk1A";

/// Hashes and checks passwords.
pub(crate) struct Hasher {
    /// Those that run or wait.
    admitted: Arc<Semaphore>,
    /// Those that run.
    running: Arc<Semaphore>,
    /// Whose blocking threads do the work.
    runtime: Handle,
}

impl Hasher {
    pub(crate) fn new(at_once: usize, runtime: Handle) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(at_once * (1 + WAITING_PER_SLOT))),
            running: Arc::new(Semaphore::new(at_once)),
            runtime,
        }
    }

    /// The hash of a new password in PHC string form.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Problem> {
        self.run(move || {
            let hash = argon2()?.hash_password(password.bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the hash's. Without a hash it is not, after the same work.
    pub(super) async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(DUMMY);
            let fits = argon2()?.verify_password(password.bytes(), &PasswordHash::new(hash)?);
            Ok(known && fits.is_ok())
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
    {
        let permits = self.permits().await?;
        // The permits go with the work: a client that hangs up does not end it.
        let done = self.runtime.spawn_blocking(move || {
            let _permits = permits;
            work()
        });
        match done.await {
            Ok(result) => result.map_err(|error| Problem::caused(Code::Internal, error)),
            Err(error) => Err(Problem::caused(Code::Internal, error)),
        }
    }

    async fn permits(&self) -> Result<[OwnedSemaphorePermit; 2], Problem> {
        let busy = || Problem::from(Code::PasswordsBusy).retry_after(Duration::from_secs(1));
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        Ok([admitted, running])
    }
}

fn argon2() -> argon2::password_hash::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::given(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hasher = Hasher::new(1, Handle::current());
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(password("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(password("battery"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_costs_the_same_parameters_and_never_fits() {
        let hasher = Hasher::new(1, Handle::current());
        assert!(!hasher.verify(password("anything"), None).await.unwrap());
        let dummy = PasswordHash::new(DUMMY).unwrap();
        let params = Params::try_from(&dummy).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY_KIB, PASSES, LANES)
        );
    }

    #[tokio::test]
    async fn beyond_the_queue_it_refuses_at_once() {
        let hasher = Hasher::new(1, Handle::current());
        let _all = hasher.admitted.acquire_many(5).await.unwrap();
        let refused = hasher.hash(password("late")).await.unwrap_err();
        assert_eq!(refused.code(), Code::PasswordsBusy);
    }
}
