//! The queue of hints: which task, of which generation, may be claimed. A message may be lost,
//! doubled or late without harm, since the task's row is the truth.

mod local;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use local::{Consumer, Delivery};

use local::LocalQueue;

/// A handle to the queue, cheap to clone.
#[derive(Debug, Clone)]
pub enum Queue {
    /// Inside this process.
    Local(LocalQueue),
}

/// A task that may be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The task.
    pub task: i64,
    /// Of which generation.
    pub generation: i64,
    /// The request that asked for it, for the logs.
    pub request_id: Option<String>,
}

/// What a consumer receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Convert.
    Job(Job),
    /// Answer with [`Queue::pong`], to show that queue and converter work.
    Ping(u64),
}

/// Why the queue could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no known kind of queue.
    #[error("`{0}` is not local:")]
    Url(String),
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It holds as many as it may.
    #[error("the queue is full")]
    Full,
    /// Nobody answered in time.
    #[error("no converter answered in time")]
    Silent,
}

impl Queue {
    /// Opens the queue that `QUEUE_URL` names, for at most `limit` messages.
    ///
    /// # Errors
    /// When the URL names no known kind of queue.
    pub fn open(url: &str, limit: usize) -> Result<Self, OpenError> {
        match url {
            "local:" | "local" => Ok(Self::Local(LocalQueue::new(limit))),
            _ => Err(OpenError::Url(crate::address::shown(url))),
        }
    }

    /// Adds a job. When this returns, the queue has it.
    ///
    /// # Errors
    /// [`Error::Full`]; the sweeper publishes the job later.
    #[expect(clippy::unused_async, reason = "a broker's confirmation is waited for")]
    pub async fn publish(&self, job: Job) -> Result<(), Error> {
        match self {
            Self::Local(queue) => queue.publish(Message::Job(job)),
        }
    }

    /// Starts to receive.
    #[must_use]
    pub fn consume(&self) -> Consumer {
        match self {
            Self::Local(queue) => queue.consume(),
        }
    }

    /// Sends a ping through the queue and waits for a converter's answer.
    ///
    /// # Errors
    /// [`Error::Full`], or [`Error::Silent`] when none came within `patience`.
    pub async fn ping(&self, patience: Duration) -> Result<(), Error> {
        match self {
            Self::Local(queue) => queue.ping(patience).await,
        }
    }

    /// Answers a [`Message::Ping`].
    pub fn pong(&self, ping: u64) {
        match self {
            Self::Local(queue) => queue.pong(ping),
        }
    }

    /// Messages that nobody has taken yet.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::Local(queue) => queue.depth(),
        }
    }
}
