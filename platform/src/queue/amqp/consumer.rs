//! Receiving: as many unacknowledged messages as the worker has slots, acknowledged one by one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::FieldTable;
use lapin::{Acker, Channel, message};
use tokio::runtime::Handle;

use super::Shared;
use super::link::{Link, Pauses};
use super::place::Place;
use super::session::Session;
use super::topology;
use crate::queue::Job;

/// Longest wait for the broker to be told something.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a consumer may receive nothing before it subscribes anew: a broker forgets consumers
/// without a word when their quorum queue is deleted and at once declared again.
const IDLE: Duration = Duration::from_secs(15);

/// Receives jobs from the broker.
pub struct AmqpConsumer {
    shared: Arc<Shared>,
    slots: u16,
    state: State,
}

enum State {
    /// Kept, so that it gets on however often the wait for a job is given up.
    Subscribing(BoxFuture<'static, Subscription>),
    Subscribed(Box<Subscription>),
    Paused,
}

/// What is received on one connection. Dropped, it takes no more and gives the rest back.
#[derive(Debug)]
struct Subscription {
    channel: Channel,
    messages: lapin::Consumer,
    runtime: Handle,
}

impl AmqpConsumer {
    pub(super) fn new(shared: Arc<Shared>, slots: usize) -> Self {
        // A prefetch of 0 would mean any number.
        let slots = u16::try_from(slots).unwrap_or(u16::MAX).max(1);
        Self { shared, slots, state: State::Paused }
    }

    pub(in crate::queue) async fn next(&mut self) -> AmqpDelivery {
        loop {
            match &mut self.state {
                State::Subscribed(subscription) => {
                    let message = tokio::time::timeout(IDLE, subscription.messages.next()).await;
                    if let Ok(Some(Ok(message))) = message {
                        if let Some(delivery) = subscription.deliver(message) {
                            return delivery;
                        }
                    } else {
                        // The connection broke, the queue is gone, or nothing was heard for long.
                        self.state = State::Paused;
                    }
                }
                State::Subscribing(subscribing) => {
                    self.state = State::Subscribed(Box::new(subscribing.await));
                }
                State::Paused => {
                    let subscribing = Subscription::begin(Arc::clone(&self.shared), self.slots);
                    self.state = State::Subscribing(subscribing.boxed());
                }
            }
        }
    }

    pub(in crate::queue) fn pause(&mut self) {
        self.state = State::Paused;
    }
}

impl fmt::Debug for AmqpConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpConsumer").field("slots", &self.slots).finish_non_exhaustive()
    }
}

impl Subscription {
    /// Begins to receive, however long that takes.
    async fn begin(shared: Arc<Shared>, slots: u16) -> Self {
        let link = shared.consuming.get_or_init(|| Link::start(&shared.place, "consumer"));
        let mut pauses = Pauses::default();
        loop {
            match Self::on(&*link.up().await, &shared.place, slots).await {
                Ok(subscription) => return subscription,
                Err(error) => {
                    tracing::warn!(%error, "the queue can't be received from; trying again");
                    tokio::time::sleep(pauses.next()).await;
                }
            }
        }
    }

    async fn on(session: &Session, place: &Place, slots: u16) -> lapin::Result<Self> {
        let channel = session.channel().await?;
        topology::declare(&channel, place).await?;
        channel.basic_qos(slots, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let (queue, tag) = (place.jobs.as_str().into(), "".into());
        let messages = channel.basic_consume(queue, tag, options, FieldTable::default()).await?;
        Ok(Self { channel, messages, runtime: Handle::current() })
    }

    /// The job in a message. A message that holds none is put away.
    fn deliver(&self, message: message::Delivery) -> Option<AmqpDelivery> {
        let (channel, runtime) = (self.channel.clone(), self.runtime.clone());
        let acker = message.acker;
        if !acker.usable() {
            return None; // its connection is gone, and it comes again on the next one
        }
        let redelivered = if message.redelivered { "true" } else { "false" };
        metrics::counter!("queue_deliveries_total", "redelivered" => redelivered).increment(1);
        let Ok(job) = serde_json::from_slice::<Job>(&message.data) else {
            metrics::counter!("queue_garbage_total").increment(1);
            tracing::warn!(bytes = message.data.len(), "a message that holds no job is dropped");
            runtime.spawn(async move { (tell_ack(&acker).await, channel).0 });
            return None;
        };
        Some(AmqpDelivery { job, acker: Some(acker), channel, runtime })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let (channel, messages) = (self.channel.clone(), self.messages.clone());
        if channel.status().connected() {
            self.runtime.spawn(give_back(channel, messages));
        }
    }
}

/// Takes no more, and then gives back what was received and not handed on: the other way round it
/// would be received again.
async fn give_back(channel: Channel, mut messages: lapin::Consumer) {
    let cancel = channel.basic_cancel(messages.tag(), BasicCancelOptions::default());
    match tokio::time::timeout(PATIENCE, cancel).await {
        Ok(Ok(())) => {}
        _ => return, // the connection breaks, which gives everything back
    }
    while let Some(Ok(message)) = messages.next().await {
        tell_nack(&message.acker).await;
    }
}

/// A job that was received from the broker and not yet acknowledged.
#[derive(Debug)]
pub struct AmqpDelivery {
    job: Job,
    /// Present until acknowledged.
    acker: Option<Acker>,
    /// Kept open until then.
    channel: Channel,
    runtime: Handle,
}

impl AmqpDelivery {
    pub(in crate::queue) fn job(&self) -> &Job {
        &self.job
    }

    pub(in crate::queue) async fn ack(mut self) {
        if let Some(acker) = self.acker.take() {
            tell_ack(&acker).await;
        }
    }
}

impl Drop for AmqpDelivery {
    fn drop(&mut self) {
        if let Some(acker) = self.acker.take().filter(Acker::usable) {
            let channel = self.channel.clone();
            self.runtime.spawn(async move { (tell_nack(&acker).await, channel).0 });
        }
    }
}

async fn tell_ack(acker: &Acker) {
    let told = tokio::time::timeout(PATIENCE, acker.ack(BasicAckOptions::default())).await;
    note(told);
}

async fn tell_nack(acker: &Acker) {
    let requeue = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
    note(tokio::time::timeout(PATIENCE, acker.nack(requeue)).await);
}

/// What the broker was not told, it takes for not done, and sends again without harm.
fn note(told: Result<lapin::Result<bool>, tokio::time::error::Elapsed>) {
    match told {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a message's end could not be told"),
        Err(_) => tracing::debug!("a message's end could not be told in time"),
    }
}
