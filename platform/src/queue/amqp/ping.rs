//! Pings: through a queue of their own to whoever answers, and back by `RabbitMQ`'s direct reply-to
//! (<https://www.rabbitmq.com/docs/direct-reply-to>).

use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, message};

use super::AmqpQueue;
use super::link::Pauses;
use super::publisher::{confirming, mandatory};
use super::session::Session;
use super::topology;
use crate::queue::Error;

/// Stands for the connection of the one who asks.
const REPLY_TO: &str = "amq.rabbitmq.reply-to";

/// Pings that one process takes at a time.
const PREFETCH: u16 = 16;

impl AmqpQueue {
    pub(in crate::queue) async fn ping(&self, patience: Duration) -> Result<(), Error> {
        let session = self.session()?;
        if session.is_blocked() {
            return Err(Error::Blocked);
        }
        let asking = ask(&session, &self.shared.place.pings, patience);
        tokio::time::timeout(patience, asking).await.unwrap_or(Err(Error::Silent))
    }

    pub(in crate::queue) async fn answer_pings(&self) {
        let mut pauses = Pauses::default();
        loop {
            let session = self.shared.publishing.up().await;
            if let Err(error) = self.answer(&session).await {
                tracing::debug!(%error, "pings can't be answered; trying again");
            }
            tokio::time::sleep(pauses.next()).await;
        }
    }

    /// Answers until the channel ends. On the connection that publishes: the other one must never
    /// be held up by a broker that takes no messages.
    async fn answer(&self, session: &Session) -> lapin::Result<()> {
        let channel = session.channel().await?;
        topology::declare_pings(&channel, &self.shared.place).await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let (queue, options) = (&self.shared.place.pings, BasicConsumeOptions::default());
        let mut pings = consume(&channel, queue, options).await?;
        while let Some(ping) = pings.next().await {
            answer_one(&channel, ping?).await?;
        }
        Ok(())
    }
}

async fn ask(session: &Session, queue: &str, patience: Duration) -> Result<(), Error> {
    let _turn = session.pinging.acquire().await.map_err(|_| Error::Away)?;
    let channel = confirming(session).await?;
    let no_ack = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let mut answers = consume(&channel, REPLY_TO, no_ack).await?;
    // The broker drops it when nobody waits for the answer any more.
    let lifetime = patience.as_millis().to_string();
    let properties = BasicProperties::default()
        .with_reply_to(REPLY_TO.into())
        .with_expiration(lifetime.into())
        .with_type("ping".into());
    match mandatory(&channel, queue, b"", properties).await? {
        Confirmation::Ack(None) => {}
        // Nobody ever declared the queue, so nobody answers.
        Confirmation::Ack(Some(_)) | Confirmation::NotRequested => return Err(Error::Silent),
        Confirmation::Nack(_) => return Err(Error::Full),
    }
    // The channel is this ping's own, so that whatever comes on it is the answer.
    match answers.next().await {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(error.into()),
        None => Err(Error::Away),
    }
}

async fn answer_one(channel: &Channel, ping: message::Delivery) -> lapin::Result<()> {
    ping.acker.ack(BasicAckOptions::default()).await?;
    if let Some(reply_to) = ping.properties.reply_to().clone() {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        channel.basic_publish("".into(), reply_to, options, b"", properties).await?;
    }
    Ok(())
}

async fn consume(
    channel: &Channel,
    queue: &str,
    options: BasicConsumeOptions,
) -> lapin::Result<lapin::Consumer> {
    channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await
}
