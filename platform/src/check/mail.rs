//! Tries the mail system: connects, encrypts, logs in. A mail is sent only on request.

use super::{Fault, Outcome};
use crate::config::Config;
use crate::mail::{Error, Mail, Mailer, OpenError};

pub(super) async fn check(config: &Config, to: Option<&str>) -> Outcome {
    let opened = Mailer::open(&config.mail_url(), &config.mail_from, config.mail_timeout).await;
    let mailer = opened.map_err(|error| {
        let remedy = match error {
            OpenError::From(_) => "Correct MAIL_FROM.",
            _ => "Correct MAIL_URL.",
        };
        Fault::new(error, remedy)
    })?;
    mailer.ping().await.map_err(|error| fault(&error))?;
    let Some(to) = to else {
        return Ok("mails can be handed over; none was sent".to_owned());
    };
    mailer.send(&letter(to)).await.map_err(|error| fault(&error))?;
    Ok(format!("a mail to {to} was handed over"))
}

fn letter(to: &str) -> Mail {
    let text = "this mail shows that Soundmill can send mails.";
    Mail {
        id: format!("check-{}", uuid::Uuid::new_v4()),
        to: to.to_owned(),
        subject: "Soundmill can send mails".to_owned(),
        text: format!("Hello,\n\n{text}\n\nSoundmill\n"),
        html: format!(
            "<!doctype html>\n<html lang=\"en\"><body><p>Hello,</p>\n<p>{text}</p>\n\
             <p>Soundmill</p>\n</body></html>\n"
        ),
    }
}

fn fault(error: &Error) -> Fault {
    let text = error.to_string();
    let remedy = if text.contains("login") {
        "Correct the user and the password in MAIL_URL; `%`, `@`, `:` and `/` in them are written \
         as %25, %40, %3A and %2F."
    } else if text.contains("encryption") {
        "Use smtps: in MAIL_URL if the server encrypts from the start, name its authority by \
         ?ca=FILE, or allow plain text by ?tls=none if it is on this machine."
    } else if matches!(error, Error::Permanent(_)) {
        "Correct the address, or MAIL_FROM if the server does not let it send."
    } else {
        "Start the mail server, or correct the host and the port in MAIL_URL; a firewall may be \
         in the way."
    };
    Fault::new(text, remedy)
}
