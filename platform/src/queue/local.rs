//! The queue inside the process: bounded, first in first out; a delivery that is dropped without
//! an acknowledgement goes back to the front.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::{Error, Message};

/// A queue whose messages live as long as the process.
#[derive(Debug, Clone)]
pub struct LocalQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Wakes one consumer for each message.
    arrived: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Message>,
    /// Who waits for the answer to which ping.
    pings: HashMap<u64, oneshot::Sender<()>>,
    next_ping: u64,
}

impl LocalQueue {
    pub(super) fn new(limit: usize) -> Self {
        let shared = Shared { state: Mutex::default(), arrived: Notify::new(), limit };
        Self { shared: Arc::new(shared) }
    }

    pub(super) fn publish(&self, message: Message) -> Result<(), Error> {
        let mut state = self.shared.state();
        if state.waiting.len() >= self.shared.limit {
            return Err(Error::Full);
        }
        state.waiting.push_back(message);
        drop(state);
        self.shared.arrived.notify_one();
        Ok(())
    }

    pub(super) fn consume(&self) -> Consumer {
        Consumer { shared: Arc::clone(&self.shared) }
    }

    pub(super) async fn ping(&self, patience: Duration) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let question = self.shared.ask(answer);
        self.publish(Message::Ping(question.ping))?;
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::Silent),
        }
    }

    pub(super) fn pong(&self, ping: u64) {
        if let Some(answer) = self.shared.state().pings.remove(&ping) {
            // The one who asked may have stopped waiting.
            let _ = answer.send(());
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

    fn ask(&self, answer: oneshot::Sender<()>) -> Question<'_> {
        let mut state = self.state();
        state.next_ping += 1;
        let ping = state.next_ping;
        state.pings.insert(ping, answer);
        Question { shared: self, ping }
    }
}

/// A ping whose answer is waited for. Without that, neither it nor its message must stay for ever.
struct Question<'a> {
    shared: &'a Shared,
    ping: u64,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.pings.remove(&self.ping);
        state.waiting.retain(|message| *message != Message::Ping(self.ping));
    }
}

/// Receives messages, each by one consumer.
#[derive(Debug)]
pub struct Consumer {
    shared: Arc<Shared>,
}

impl Consumer {
    /// Waits for the next message. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Delivery {
        loop {
            // In line for the next message before looking for one, so that none arrives unnoticed
            // in between.
            let mut arrived = std::pin::pin!(self.shared.arrived.notified());
            arrived.as_mut().enable();
            let message = self.shared.state().waiting.pop_front();
            if let Some(message) = message {
                return Delivery { shared: Arc::clone(&self.shared), message: Some(message) };
            }
            arrived.await;
        }
    }
}

/// A message that was received and not yet acknowledged.
#[derive(Debug)]
pub struct Delivery {
    shared: Arc<Shared>,
    /// Present until acknowledged.
    message: Option<Message>,
}

impl Delivery {
    /// What was received.
    ///
    /// # Panics
    /// Never: only [`ack`](Self::ack) takes the message, and that consumes the delivery.
    #[must_use]
    #[expect(clippy::expect_used, reason = "`ack` consumes the delivery with its message")]
    pub fn message(&self) -> &Message {
        self.message.as_ref().expect("a delivery holds its message until it is acknowledged")
    }

    /// Says that the message has done its work.
    #[expect(clippy::unused_async, reason = "a broker has to be told")]
    pub async fn ack(mut self) {
        self.message = None;
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            self.shared.state().waiting.push_front(message);
            self.shared.arrived.notify_one();
        }
    }
}
