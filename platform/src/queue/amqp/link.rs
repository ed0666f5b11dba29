//! A connection that is made anew whenever it breaks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::place::Place;
use super::session::{Failure, Session};
use crate::queue::OpenError;

/// Shortest and longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// The current session, as long as there is one.
#[derive(Debug)]
pub(super) struct Link {
    sessions: watch::Receiver<Option<Arc<Session>>>,
    stop: CancellationToken,
    _stop_when_dropped: DropGuard,
}

/// What keeps the session alive.
struct Keeper {
    place: Arc<Place>,
    /// Name of the connection, for people who look at the broker.
    name: String,
    sessions: watch::Sender<Option<Arc<Session>>>,
    stop: CancellationToken,
}

impl Link {
    /// Tries to connect once, and goes on trying in the background.
    ///
    /// # Errors
    /// When the broker refuses, so that trying again is of no use.
    pub(super) async fn open(place: &Arc<Place>, purpose: &str) -> Result<Self, OpenError> {
        let name = name(purpose);
        let first = match Session::open(place, &name).await {
            Ok(session) => Some(session),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Away(error)) => {
                tracing::warn!(
                    broker = place.shown,
                    error,
                    "the broker that QUEUE_URL names can't be reached; trying on"
                );
                None
            }
        };
        Ok(Self::keep(place, name, first))
    }

    /// Connects in the background.
    pub(super) fn start(place: &Arc<Place>, purpose: &str) -> Self {
        Self::keep(place, name(purpose), None)
    }

    fn keep(place: &Arc<Place>, name: String, first: Option<Arc<Session>>) -> Self {
        let (sender, sessions) = watch::channel(first.clone());
        let stop = CancellationToken::new();
        let keeper =
            Keeper { place: Arc::clone(place), name, sessions: sender, stop: stop.clone() };
        tokio::spawn(keeper.run(first));
        Self { sessions, stop: stop.clone(), _stop_when_dropped: stop.drop_guard() }
    }

    /// The session, if there is one now.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.sessions.borrow().clone()
    }

    /// Waits for a session.
    pub(super) async fn up(&self) -> Arc<Session> {
        let mut sessions = self.sessions.clone();
        let session = sessions.wait_for(Option::is_some).await.ok().and_then(|it| it.clone());
        match session {
            Some(session) => session,
            None => std::future::pending().await, // closed for good
        }
    }

    /// Closes the connection for good and waits until that is done.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let mut sessions = self.sessions.clone();
        while sessions.changed().await.is_ok() {}
    }
}

impl Keeper {
    async fn run(self, mut session: Option<Arc<Session>>) {
        let mut pauses = Pauses::default();
        let mut complaint = String::new();
        while !self.stop.is_cancelled() {
            if let Some(session) = session.take() {
                complaint.clear();
                self.follow(session, &mut pauses).await;
            }
            let pause = tokio::time::sleep(pauses.next());
            if self.stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
            session = self.connect(&mut complaint).await;
        }
    }

    async fn connect(&self, complaint: &mut String) -> Option<Arc<Session>> {
        let opening = Session::open(&self.place, &self.name);
        match self.stop.run_until_cancelled(opening).await? {
            Ok(session) => {
                tracing::info!(broker = self.place.shown, "connected to the broker");
                Some(session)
            }
            Err(error) => {
                // Said once, not every other second.
                let words = error.to_string();
                if *complaint != words {
                    let (broker, connection) = (&self.place.shown, &self.name);
                    tracing::warn!(broker, connection, %error, "no connection to the broker");
                    *complaint = words;
                }
                None
            }
        }
    }

    /// Lends the session out until it ends.
    async fn follow(&self, session: Arc<Session>, pauses: &mut Pauses) {
        self.sessions.send_replace(Some(Arc::clone(&session)));
        let start = Instant::now();
        let ended = self.stop.run_until_cancelled(session.ended()).await;
        self.sessions.send_replace(None);
        if ended.is_none() {
            session.close().await;
            return;
        }
        metrics::counter!("queue_disconnects_total").increment(1);
        tracing::warn!(broker = self.place.shown, "the connection to the broker broke");
        // One that breaks at once is no reason to hurry.
        if start.elapsed() > PAUSES.1 {
            *pauses = Pauses::default();
        }
    }
}

fn name(purpose: &str) -> String {
    format!("soundmill {purpose} (process {})", std::process::id())
}

/// Growing pauses, varied by half so that processes that broke off together don't come back
/// together.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    tries: u32,
}

impl Pauses {
    /// The next one.
    pub(super) fn next(&mut self) -> Duration {
        let (least, most) = PAUSES;
        let pause = least.saturating_mul(1 << self.tries.min(8)).min(most);
        self.tries = self.tries.saturating_add(1);
        pause.mul_f64(rand::random_range(0.5..1.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_fifth_of_a_second_to_two_and_vary_by_half() {
        let mut pauses = Pauses::default();
        for seconds in [0.2, 0.4, 0.8, 1.6, 2.0, 2.0] {
            let pause = pauses.next().as_secs_f64();
            assert!((0.5 * seconds..=1.5 * seconds).contains(&pause), "{seconds}: {pause}");
        }
    }
}
