//! Publishing: persistent, mandatory, and confirmed by the broker.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation};

use super::AmqpQueue;
use super::session::Session;
use super::topology;
use crate::queue::{Error, Job};

/// Longest wait for a confirmation.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The broker writes it to disk.
const PERSISTENT: u8 = 2;

impl AmqpQueue {
    pub(in crate::queue) async fn publish(&self, job: &Job) -> Result<(), Error> {
        let result = self.confirmed(job).await;
        let outcome = result.map_or_else(Error::name, |()| "confirmed");
        metrics::counter!("queue_published_total", "outcome" => outcome).increment(1);
        result
    }

    async fn confirmed(&self, job: &Job) -> Result<(), Error> {
        let session = self.session()?;
        if session.is_blocked() {
            return Err(Error::Blocked);
        }
        let body = serde_json::to_vec(job).map_err(|_| Error::Gone)?;
        let sending = send(&session, &self.shared.place.jobs, &body, properties(job));
        let result = tokio::time::timeout(PATIENCE, sending).await.unwrap_or(Err(Error::Silent));
        if result == Err(Error::Gone) {
            self.declare_again(&session).await;
        }
        result
    }

    async fn declare_again(&self, session: &Session) {
        let declare = async {
            let channel = session.channel().await?;
            topology::declare(&channel, &self.shared.place).await
        };
        match tokio::time::timeout(PATIENCE, declare).await {
            Ok(Ok(_)) => tracing::warn!("the broker had lost its queue; it was declared again"),
            Ok(Err(error)) => tracing::warn!(%error, "the queue can't be declared again"),
            Err(_) => tracing::warn!("the queue could not be declared again in time"),
        }
    }
}

/// Sends one message and waits for its confirmation. When this is given up, the channel is given up
/// with it, since what comes on it next may belong to this message.
async fn send(
    session: &Session,
    queue: &str,
    body: &[u8],
    properties: BasicProperties,
) -> Result<(), Error> {
    let _turn = session.publishing.acquire().await.map_err(|_| Error::Away)?;
    let channel = match session.spare() {
        Some(channel) => channel,
        None => confirming(session).await?,
    };
    let confirmation = mandatory(&channel, queue, body, properties).await?;
    session.keep(channel);
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => Err(Error::Gone),
        Confirmation::Nack(None) => Err(Error::Full),
        Confirmation::NotRequested => Err(Error::Silent),
    }
}

/// A new channel in confirm mode.
pub(super) async fn confirming(session: &Session) -> lapin::Result<Channel> {
    let channel = session.channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// Publishes to a queue by its name and waits for the confirmation, which carries the message if
/// there is no such queue.
pub(super) async fn mandatory(
    channel: &Channel,
    queue: &str,
    body: &[u8],
    properties: BasicProperties,
) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    channel.basic_publish("".into(), queue.into(), options, body, properties).await?.await
}

fn properties(job: &Job) -> BasicProperties {
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_type("job".into())
        .with_app_id("soundmill".into())
        .with_message_id(format!("{}.{}", job.task, job.generation).into());
    match &job.request_id {
        Some(id) => {
            let mut headers = FieldTable::default();
            headers.insert("X-Request-Id".into(), AMQPValue::LongString(id.as_str().into()));
            properties.with_headers(headers)
        }
        None => properties,
    }
}

impl From<lapin::Error> for Error {
    /// The reason is in the log of the one who keeps the connection.
    fn from(error: lapin::Error) -> Self {
        tracing::debug!(%error, "the broker could not be asked");
        Self::Away
    }
}
