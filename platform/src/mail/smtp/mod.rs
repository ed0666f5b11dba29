//! Mails to a mail server over SMTP (RFC 5321).

mod server;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;

use super::{Error, OpenError};
use server::Server;

/// How long a connection is kept for the next mail; servers cut it after minutes (RFC 5321
/// § 4.5.3.2.7).
const KEPT: Duration = Duration::from_mins(1);

/// A mail server.
#[derive(Clone)]
pub(super) struct Smtp {
    shared: Arc<Shared>,
}

struct Shared {
    server: Server,
    /// How this program names itself to it.
    name: ClientId,
    /// Longest time for one mail.
    timeout: Duration,
    /// The connection of the last mail, ready for the next one. Whoever uses it takes it out, so
    /// that one on which something went wrong or was broken off is never used again.
    kept: Mutex<Option<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.shared.server)
    }
}

impl Smtp {
    /// The server that the URL names, to which this program names itself by `domain`.
    pub(super) fn open(url: &str, domain: &str, timeout: Duration) -> Result<Self, OpenError> {
        let shared = Shared {
            server: Server::parse(url)?,
            name: ClientId::Domain(domain.to_owned()),
            timeout,
            kept: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Hands a mail over to the server.
    pub(super) async fn send(&self, message: &Message) -> Result<(), Error> {
        self.shared.in_time(self.shared.send(message)).await
    }

    /// Connects, encrypts and logs in as configured, and asks for a sign of life.
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let connection = self.shared.in_time(self.shared.connection()).await?;
        self.shared.keep(connection);
        Ok(())
    }
}

impl Shared {
    async fn in_time<T>(&self, talk: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let talked = tokio::time::timeout(self.timeout, talk).await;
        talked.unwrap_or_else(|_| {
            Err(Error::Transient(format!(
                "{} did not answer within {:?}",
                self.server, self.timeout
            )))
        })
    }

    async fn send(&self, message: &Message) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        match connection.send(message.envelope(), &message.formatted()).await {
            Ok(_) => {
                self.keep(connection);
                Ok(())
            }
            Err(error) => Err(refused(&error)),
        }
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        let kept = self.kept().take();
        if let Some((mut connection, since)) = kept
            && since.elapsed() < KEPT
            && connection.test_connected().await
        {
            return Ok(connection);
        }
        self.server.connect(&self.name, self.timeout).await
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        *self.kept() = Some((connection, Instant::now()));
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(AsyncSmtpConnection, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an answer to a mail means for it. That a login is missing (530, RFC 4954 § 6) is not the
/// mail's fault; nor is anything else but a refusal (5xx) or what the library refuses to say.
fn refused(error: &SmtpError) -> Error {
    let login_is_missing = error.status().is_some_and(|code| code.to_string() == "530");
    if (error.is_permanent() && !login_is_missing) || error.is_client() {
        return Error::Permanent(error.to_string());
    }
    Error::Transient(error.to_string())
}
