//! Which mail server is meant, and how it is reached: encrypted (RFC 3207, RFC 8314) unless the
//! URL asks for the contrary.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::super::{Error, OpenError};

/// Ports for mails that are handed in (RFC 6409 § 3.1, RFC 8314 § 3.3).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// Ways to log in; each sends the password as it is, over the encrypted connection.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// A mail server and how to talk to it.
pub(super) struct Server {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
}

enum Encryption {
    /// From the first byte.
    Implicit(TlsParameters),
    /// Asked for after the greeting, and insisted on.
    StartTls(TlsParameters),
    None,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Server {
    /// Reads `smtp://USER:PASSWORD@HOST:PORT?tls=none&ca=FILE` or `smtps://…`.
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let wrong = || OpenError::Url(crate::address::shown(url));
        let parsed = Url::parse(url).map_err(|_| wrong())?;
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let query = Query::parse(&parsed).ok_or_else(wrong)?;
        let implicit = parsed.scheme() == "smtps";
        let encryption = match (implicit, query.plain) {
            (true, true) => return Err(wrong()),
            (true, false) => Encryption::Implicit(trust(&host, query.ca.as_deref())?),
            (false, false) => Encryption::StartTls(trust(&host, query.ca.as_deref())?),
            (false, true) => Encryption::None,
        };
        let port = parsed.port().unwrap_or(if implicit { SUBMISSIONS } else { SUBMISSION });
        let credentials = credentials(&parsed).map_err(|_| wrong())?;
        Ok(Self { host, port, encryption, credentials })
    }

    /// A connection that mails can be sent over. What goes wrong here is no mail's fault.
    pub(super) async fn connect(
        &self,
        name: &ClientId,
        timeout: Duration,
    ) -> Result<AsyncSmtpConnection, Error> {
        let failed =
            |what: &str, error: &SmtpError| Error::Transient(format!("{self}: {what}: {error}"));
        let (implicit, later) = match &self.encryption {
            Encryption::Implicit(tls) => (Some(tls.clone()), None),
            Encryption::StartTls(tls) => (None, Some(tls.clone())),
            Encryption::None => (None, None),
        };
        let address = (self.host.as_str(), self.port);
        let connected =
            AsyncSmtpConnection::connect_tokio1(address, Some(timeout), name, implicit, None).await;
        let mut connection = connected.map_err(|error| failed("no connection", &error))?;
        if let Some(tls) = later {
            let encrypted = connection.starttls(tls, name).await;
            encrypted.map_err(|error| failed("no encryption", &error))?;
        }
        if let Some(credentials) = &self.credentials {
            let logged_in = connection.auth(&MECHANISMS, credentials).await;
            logged_in.map_err(|error| failed("the login was refused", &error))?;
        }
        Ok(connection)
    }
}

/// What the URL says after `?`.
#[derive(Default)]
struct Query {
    plain: bool,
    ca: Option<String>,
}

impl Query {
    fn parse(url: &Url) -> Option<Self> {
        let mut query = Self::default();
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "none") => query.plain = true,
                ("tls", "required") => query.plain = false,
                ("ca", file) if !file.is_empty() => query.ca = Some(file.to_owned()),
                _ => return None,
            }
        }
        Some(query)
    }
}

/// Half a login, or one that is no text.
struct Unreadable;

fn credentials(url: &Url) -> Result<Option<Credentials>, Unreadable> {
    let decoded = |text| percent_decode_str(text).decode_utf8().map_err(|_| Unreadable);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(Unreadable),
        (user, Some(password)) => {
            let (user, password) = (decoded(user)?, decoded(password)?);
            Ok(Some(Credentials::new(user.into_owned(), password.into_owned())))
        }
    }
}

/// Whose certificates are believed: the system's authorities, or only the one in this file.
fn trust(host: &str, ca: Option<&str>) -> Result<TlsParameters, OpenError> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(file) = ca {
        let failed = |error: &dyn fmt::Display| OpenError::Ca(file.into(), error.to_string());
        let pem = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
        if !pem.contains("BEGIN CERTIFICATE") {
            return Err(failed(&"there is none in PEM form in it"));
        }
        let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|error| failed(&error))?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    tls.build().map_err(|error| OpenError::Tls(error.to_string()))
}
