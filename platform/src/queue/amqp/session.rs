//! One connection to the broker, while it lasts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::Semaphore;

use super::place::Place;
use super::topology;
use crate::queue::OpenError;

/// Longest wait for the broker to open a connection and declare the queues.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest wait for the broker to say good-bye.
const LEAVE: Duration = Duration::from_secs(1);

/// Time between two looks at whether the connection is still there, should no event tell.
const LOOK: Duration = Duration::from_millis(500);

/// Channels that publish at a time. Each has one message under way: the client pairs returned
/// messages with the wrong confirmation when there are more.
const CHANNELS: usize = 16;

/// Pings under way at a time.
const PINGS: usize = 16;

/// A connection and what is kept of it.
#[derive(Debug)]
pub(super) struct Session {
    connection: Connection,
    /// Channels in confirm mode with nothing under way.
    pub(super) spare: Mutex<Vec<Channel>>,
    /// One for each channel that may publish.
    pub(super) publishing: Semaphore,
    /// One for each ping that may be under way.
    pub(super) pinging: Semaphore,
    /// The channel that asks for the queue's depth.
    pub(super) asking: tokio::sync::Mutex<Option<Channel>>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Only people can mend it.
    #[error("{0}")]
    Refused(OpenError),
    /// The broker can't be reached now.
    #[error("{0}")]
    Away(String),
}

impl Session {
    /// Connects and declares the queues.
    pub(super) async fn open(place: &Place, name: &str) -> Result<Arc<Self>, Failure> {
        match tokio::time::timeout(PATIENCE, Self::connect(place, name)).await {
            Ok(Ok(session)) => Ok(Arc::new(session)),
            Ok(Err(error)) => Err(Failure::from(error)),
            Err(_) => Err(Failure::Away("the broker does not answer".into())),
        }
    }

    async fn connect(place: &Place, name: &str) -> lapin::Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(place.uri.clone(), properties).await?;
        let channel = connection.create_channel().await?;
        topology::declare(&channel, place).await?;
        Ok(Self {
            connection,
            spare: Mutex::default(),
            publishing: Semaphore::new(CHANNELS),
            pinging: Semaphore::new(PINGS),
            asking: tokio::sync::Mutex::new(Some(channel)),
        })
    }

    /// A new channel.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        self.connection.create_channel().await
    }

    /// A channel in confirm mode that was used before, if there is one.
    pub(super) fn spare(&self) -> Option<Channel> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a channel in confirm mode that has nothing under way.
    pub(super) fn keep(&self, channel: Channel) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(channel);
    }

    /// Whether the broker has said that it takes no messages.
    pub(super) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Waits until the connection is no more.
    pub(super) async fn ended(&self) {
        let mut events = self.connection.events_listener();
        let mut looks = tokio::time::interval(LOOK);
        while self.connection.status().connected() {
            tokio::select! {
                Some(_) = events.next() => {}
                _ = looks.tick() => {}
            }
        }
    }

    /// Takes leave of the broker.
    pub(super) async fn close(&self) {
        let close = self.connection.close(200, "bye".into());
        if let Ok(Err(error)) = tokio::time::timeout(LEAVE, close).await {
            tracing::debug!(%error, "the connection ended before it was closed");
        }
    }
}

impl From<lapin::Error> for Failure {
    fn from(error: lapin::Error) -> Self {
        let refused: fn(String) -> OpenError = match error.kind() {
            ErrorKind::ProtocolError(error) => match error.kind() {
                AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => OpenError::User,
                AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) => OpenError::Arguments,
                AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => OpenError::Host,
                _ => return Self::Away(error.to_string()),
            },
            ErrorKind::IOError(io) if io.kind() == std::io::ErrorKind::InvalidData => {
                OpenError::Tls
            }
            _ => return Self::Away(error.to_string()),
        };
        Self::Refused(refused(error.to_string()))
    }
}
