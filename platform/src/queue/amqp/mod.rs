//! The queue in a `RabbitMQ` broker: a quorum queue of jobs, one of jobs that went back too often,
//! and one of pings. Two connections, each made anew whenever it breaks: a broker short of memory
//! stops reading from those that publish, and acknowledgements must get through all the same.

mod consumer;
mod link;
mod ping;
mod place;
mod publisher;
mod session;
mod topology;

use std::sync::{Arc, OnceLock};

use link::Link;
use place::Place;
use session::Session;

use super::{Error, OpenError};

pub use consumer::{AmqpConsumer, AmqpDelivery};

/// A queue that processes share.
#[derive(Debug, Clone)]
pub struct AmqpQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    place: Arc<Place>,
    /// For everything but receiving.
    publishing: Link,
    /// Opened by the first consumer.
    consuming: OnceLock<Link>,
}

impl AmqpQueue {
    pub(super) async fn open(url: &str, limit: usize) -> Result<Self, OpenError> {
        let place = Arc::new(Place::parse(url, limit)?);
        let publishing = Link::open(&place, "publisher").await?;
        Ok(Self { shared: Arc::new(Shared { place, publishing, consuming: OnceLock::new() }) })
    }

    pub(super) fn consume(&self, slots: usize) -> AmqpConsumer {
        AmqpConsumer::new(Arc::clone(&self.shared), slots)
    }

    /// Jobs ready to be taken, as the broker counts them. Declaring the queue tells, and mends a
    /// broker that lost it.
    pub(super) async fn depth(&self) -> Result<usize, Error> {
        let session = self.session()?;
        if session.is_blocked() {
            return Err(Error::Blocked);
        }
        let asked = tokio::time::timeout(publisher::PATIENCE, self.ask_depth(&session)).await;
        asked.unwrap_or(Err(Error::Silent))
    }

    async fn ask_depth(&self, session: &Session) -> Result<usize, Error> {
        let mut kept = session.asking.lock().await;
        let channel = match kept.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => session.channel().await?,
        };
        let queue = topology::declare_jobs(&channel, &self.shared.place).await;
        let depth = queue?.message_count();
        *kept = Some(channel);
        Ok(usize::try_from(depth).unwrap_or(usize::MAX))
    }

    pub(super) async fn close(&self) {
        self.shared.publishing.close().await;
        if let Some(consuming) = self.shared.consuming.get() {
            consuming.close().await;
        }
    }

    fn session(&self) -> Result<Arc<Session>, Error> {
        self.shared.publishing.session().ok_or(Error::Away)
    }
}
