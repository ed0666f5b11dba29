//! The queue of hints: which task, of which generation, may be claimed. A message may be lost,
//! doubled or late without harm, since the task's row is the truth.

mod amqp;
mod error;
mod local;

use std::time::Duration;

use metrics::gauge;
use serde::{Deserialize, Serialize};

pub use amqp::{AmqpConsumer, AmqpDelivery, AmqpQueue};
pub use error::{Error, OpenError};
pub use local::{LocalConsumer, LocalDelivery, LocalQueue};

/// A handle to the queue, cheap to clone.
#[derive(Debug, Clone)]
pub enum Queue {
    /// Inside this process.
    Local(LocalQueue),
    /// In a `RabbitMQ` broker.
    Amqp(AmqpQueue),
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

impl Queue {
    /// Opens the queue that `QUEUE_URL` names, for about `limit` waiting jobs at most. A broker
    /// that is away is waited for in the background.
    ///
    /// # Errors
    /// When the URL names no known kind of queue, or the broker refuses what it asks for.
    pub async fn open(url: &str, limit: usize) -> Result<Self, OpenError> {
        match url.split_once(':').unwrap_or((url, "")) {
            ("local", "") => Ok(Self::Local(LocalQueue::new(limit))),
            ("amqp" | "amqps", _) => Ok(Self::Amqp(AmqpQueue::open(url, limit).await?)),
            _ => Err(OpenError::Url(crate::address::shown(url))),
        }
    }

    /// Whether other processes can't reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Adds a job. When this returns, the queue has it, and a broker has it on disk.
    ///
    /// # Errors
    /// When it is not certain that the queue has it; the sweeper publishes the job later.
    pub async fn publish(&self, job: Job) -> Result<(), Error> {
        match self {
            Self::Local(queue) => queue.publish(job),
            Self::Amqp(queue) => queue.publish(&job).await,
        }
    }

    /// Starts to receive, for a worker that runs `slots` jobs at a time: no more than that many
    /// are kept from other consumers.
    #[must_use]
    pub fn consume(&self, slots: usize) -> Consumer {
        match self {
            Self::Local(queue) => Consumer::Local(queue.consume()),
            Self::Amqp(queue) => Consumer::Amqp(queue.consume(slots)),
        }
    }

    /// Sends a ping through the queue and waits for the answer of a process that
    /// [answers](Self::answer_pings). However it ends, nothing of it stays.
    ///
    /// # Errors
    /// [`Error::Silent`] when no answer came within `patience`; otherwise when the queue does not
    /// take it.
    pub async fn ping(&self, patience: Duration) -> Result<(), Error> {
        match self {
            Self::Local(queue) => queue.ping(patience).await,
            Self::Amqp(queue) => queue.ping(patience).await,
        }
    }

    /// Answers pings until dropped. They pass by the jobs, so that a busy converter answers too.
    pub async fn answer_pings(&self) {
        match self {
            Self::Local(queue) => queue.answer_pings().await,
            Self::Amqp(queue) => queue.answer_pings().await,
        }
    }

    /// Jobs that nobody has taken yet. What was taken and not yet acknowledged is not counted.
    ///
    /// # Errors
    /// When the queue does not answer.
    pub async fn depth(&self) -> Result<usize, Error> {
        match self {
            Self::Local(queue) => Ok(queue.depth()),
            Self::Amqp(queue) => queue.depth().await,
        }
    }

    /// Asks the queue for a sign of life.
    ///
    /// # Errors
    /// When there is none within 2 seconds, or the queue takes no messages.
    pub async fn health(&self) -> Result<(), Error> {
        match self {
            Self::Local(_) => Ok(()),
            Self::Amqp(queue) => queue.depth().await.map(|_| ()),
        }
    }

    /// Takes leave of the queue; what was received and not acknowledged goes back to it.
    pub async fn close(&self) {
        match self {
            Self::Local(_) => {}
            Self::Amqp(queue) => queue.close().await,
        }
    }
}

/// Receives jobs, each by one consumer. Dropped, it gives back what it has not yet handed on.
#[derive(Debug)]
pub enum Consumer {
    /// From the queue inside this process.
    Local(LocalConsumer),
    /// From a broker.
    Amqp(AmqpConsumer),
}

impl Consumer {
    /// Waits for the next job, however long the queue is away. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Delivery {
        let origin = match self {
            Self::Local(consumer) => Origin::Local(consumer.next().await),
            Self::Amqp(consumer) => Origin::Amqp(consumer.next().await),
        };
        Delivery { origin, _counted: Counted::start() }
    }

    /// Leaves all jobs to others until [`next`](Self::next) is called again.
    pub fn pause(&mut self) {
        match self {
            Self::Local(_) => {}
            Self::Amqp(consumer) => consumer.pause(),
        }
    }
}

/// A job that was received and not yet acknowledged. Dropped, it goes back to the queue.
#[derive(Debug)]
pub struct Delivery {
    origin: Origin,
    _counted: Counted,
}

#[derive(Debug)]
enum Origin {
    Local(LocalDelivery),
    Amqp(AmqpDelivery),
}

/// Counts a delivery while it is neither acknowledged nor given back.
#[derive(Debug)]
struct Counted(());

impl Counted {
    fn start() -> Self {
        gauge!(UNACKED).increment(1.0);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(UNACKED).decrement(1.0);
    }
}

const UNACKED: &str = "queue_unacked_messages";

impl Delivery {
    /// What was received.
    #[must_use]
    pub fn job(&self) -> &Job {
        match &self.origin {
            Origin::Local(delivery) => delivery.job(),
            Origin::Amqp(delivery) => delivery.job(),
        }
    }

    /// Says that the message has done its work. When the queue can't be told, the job comes again.
    pub async fn ack(self) {
        match self.origin {
            Origin::Local(delivery) => delivery.ack(),
            Origin::Amqp(delivery) => delivery.ack().await,
        }
    }
}
