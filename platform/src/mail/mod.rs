//! Sending mails.

mod folder;
mod smtp;

use std::path::Path;
use std::time::Duration;

use lettre::Message;
use lettre::message::{Mailbox, MultiPart};

use folder::Folder;
use smtp::Smtp;

/// A handle to the mail system, cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

#[derive(Debug, Clone)]
enum Transport {
    Folder(Folder),
    Smtp(Smtp),
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Name of the mail, the same however often it is sent: letters, digits, `-` and `.` only.
    pub id: String,
    /// Address of the person.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// Body as HTML, file names in it already escaped.
    pub html: String,
}

/// Why the mail system could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no known kind of mail system.
    #[error(
        "`{0}` is none of file:FOLDER, smtp://USER:PASSWORD@HOST:PORT and smtps://…; after `?` it \
         takes ca=FILE, and with smtp also tls=none"
    )]
    Url(String),
    /// The file with the authority that certifies the server can't be used.
    #[error("the certificate {0} can't be used: {1}")]
    Ca(std::path::PathBuf, String),
    /// There is nothing to check the server's certificate by.
    #[error("certificates can't be checked: {0}")]
    Tls(String),
    /// The folder can't be used.
    #[error("the folder {0} can't be used: {1}")]
    Folder(std::path::PathBuf, std::io::Error),
    /// The sender's address is none.
    #[error("MAIL_FROM `{0}` is not an address like `Soundmill <no-reply@example.org>`")]
    From(String),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It never will be.
    #[error("the mail can't be sent: {0}")]
    Permanent(String),
    /// It may be, later.
    #[error("the mail can't be sent now: {0}")]
    Transient(String),
}

impl Mailer {
    /// Opens the mail system that `MAIL_URL` names; mails are sent as `from`, each within `timeout`.
    /// A mail server need not be there yet.
    ///
    /// # Errors
    /// When the URL names no known kind, its folder or certificate can't be used, or `from` is no
    /// address.
    pub async fn open(url: &str, from: &str, timeout: Duration) -> Result<Self, OpenError> {
        let from: Mailbox = from.parse().map_err(|_| OpenError::From(from.to_owned()))?;
        let transport = match url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => {
                Transport::Folder(Folder::open(Path::new(path)).await?)
            }
            Some(("smtp" | "smtps", _)) => {
                Transport::Smtp(Smtp::open(url, from.email.domain(), timeout)?)
            }
            _ => return Err(OpenError::Url(crate::address::shown(url))),
        };
        Ok(Self { from, transport })
    }

    /// Sends a mail. Sent twice, it carries the same Message-ID, so that mail programs show it once.
    ///
    /// # Errors
    /// [`Error::Permanent`] when trying again is of no use, [`Error::Transient`] otherwise.
    pub async fn send(&self, mail: &Mail) -> Result<(), Error> {
        let message = self.compose(mail)?;
        match &self.transport {
            Transport::Folder(folder) => folder.send(&mail.id, &message.formatted()).await,
            Transport::Smtp(server) => server.send(&message).await,
        }
    }

    /// Asks the mail system for a sign of life.
    ///
    /// # Errors
    /// [`Error::Transient`] when there is none.
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.transport {
            Transport::Folder(folder) => folder.ping().await,
            Transport::Smtp(server) => server.ping().await,
        }
    }

    fn compose(&self, mail: &Mail) -> Result<Message, Error> {
        let to: lettre::Address = mail.to.parse().map_err(permanent)?;
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .subject(&mail.subject)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(permanent)
    }
}

fn permanent(error: impl std::fmt::Display) -> Error {
    Error::Permanent(error.to_string())
}
