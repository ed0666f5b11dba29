//! The queue inside the process: bounded, first in first out; a delivery that is dropped without
//! an acknowledgement goes back to the front.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::{Error, Job};

/// Pings that wait for an answer at a time, at most.
const PINGS: usize = 100;

/// A queue whose messages live as long as the process.
#[derive(Debug, Clone)]
pub struct LocalQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Wakes one consumer for each job.
    arrived: Notify,
    /// Wakes one who answers for each ping.
    asked: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    pings: VecDeque<oneshot::Sender<()>>,
}

impl LocalQueue {
    pub(super) fn new(limit: usize) -> Self {
        let shared =
            Shared { state: Mutex::default(), arrived: Notify::new(), asked: Notify::new(), limit };
        Self { shared: Arc::new(shared) }
    }

    pub(super) fn publish(&self, job: Job) -> Result<(), Error> {
        let mut state = self.shared.state();
        if state.waiting.len() >= self.shared.limit {
            return Err(Error::Full);
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.arrived.notify_one();
        Ok(())
    }

    pub(super) fn consume(&self) -> LocalConsumer {
        LocalConsumer { shared: Arc::clone(&self.shared) }
    }

    pub(super) async fn ping(&self, patience: Duration) -> Result<(), Error> {
        let answered = self.shared.ask()?;
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::Silent),
        }
    }

    pub(super) async fn answer_pings(&self) {
        loop {
            let asked = self.shared.asked.notified();
            let ping = self.shared.state().pings.pop_front();
            match ping {
                // The one who asked may have stopped waiting.
                Some(ping) => drop(ping.send(())),
                None => asked.await,
            }
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.shared.state().waiting.len()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self) -> Result<oneshot::Receiver<()>, Error> {
        let (ping, answered) = oneshot::channel();
        let mut state = self.state();
        state.pings.retain(|ping| !ping.is_closed());
        if state.pings.len() >= PINGS {
            return Err(Error::Full);
        }
        state.pings.push_back(ping);
        drop(state);
        self.asked.notify_one();
        Ok(answered)
    }
}

/// Receives jobs, each by one consumer.
#[derive(Debug)]
pub struct LocalConsumer {
    shared: Arc<Shared>,
}

impl LocalConsumer {
    pub(super) async fn next(&mut self) -> LocalDelivery {
        loop {
            // In line for the next job before looking for one, so that none arrives unnoticed in
            // between.
            let mut arrived = std::pin::pin!(self.shared.arrived.notified());
            arrived.as_mut().enable();
            let job = self.shared.state().waiting.pop_front();
            if let Some(job) = job {
                return LocalDelivery { shared: Arc::clone(&self.shared), job: Some(job) };
            }
            arrived.await;
        }
    }
}

/// A job that was received and not yet acknowledged.
#[derive(Debug)]
pub struct LocalDelivery {
    shared: Arc<Shared>,
    /// Present until acknowledged.
    job: Option<Job>,
}

impl LocalDelivery {
    #[expect(clippy::expect_used, reason = "`ack` consumes the delivery with its job")]
    pub(super) fn job(&self) -> &Job {
        self.job.as_ref().expect("a delivery holds its job until it is acknowledged")
    }

    pub(super) fn ack(mut self) {
        self.job = None;
    }
}

impl Drop for LocalDelivery {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            self.shared.state().waiting.push_front(job);
            self.shared.arrived.notify_one();
        }
    }
}
