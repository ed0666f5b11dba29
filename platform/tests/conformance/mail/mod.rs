//! The mail system: a folder, and a real mail server.

mod backend;
mod smtp;

use mail_parser::MessageParser;
use platform::mail::{Error, Mail, Mailer, OpenError};
use tempfile::TempDir;

use backend::{Backend, FROM, PATIENCE, on_each_backend, subject};

on_each_backend![
    a_mail_is_read_back_as_it_was_sent,
    a_mail_sent_twice_is_known_by_its_message_id,
    nobody_adds_lines_to_the_head_of_a_mail,
    an_address_that_can_not_be_one_is_refused_for_good,
];

fn mail() -> Mail {
    Mail {
        id: "task-17-2".into(),
        to: "ann@example.org".into(),
        subject: "Größe & Übermut 🎵.wav is ready".into(),
        text: format!("Hello Ann,\n\n.\nFrom here: {}\n", "https://mill.example.org/ü?a=b&c=".repeat(9)),
        html: "<p>Größe &amp; Übermut 🎵.wav = <a href=\"https://mill.example.org/?a=b\">here</a></p>\n"
            .into(),
    }
}

async fn a_mail_is_read_back_as_it_was_sent(backend: Backend) {
    backend.mailer.ping().await.unwrap();
    backend.mailer.send(&mail()).await.unwrap();
    let bytes = backend.arrived(1).remove(0);
    assert!(bytes.is_ascii(), "a mail server may refuse what is not");
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
    let read = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(read.subject(), Some(mail().subject.as_str()));
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim(), mail().text.trim());
    assert_eq!(read.body_html(0).unwrap().replace("\r\n", "\n").trim(), mail().html.trim());
    let from = read.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Soundmill"), Some("no-reply@mill.example.org"))
    );
    assert_eq!(read.to().unwrap().first().unwrap().address(), Some("ann@example.org"));
    assert_eq!(read.message_id(), Some("task-17-2@mill.example.org"));
    assert!(read.date().is_some());
}

async fn a_mail_sent_twice_is_known_by_its_message_id(backend: Backend) {
    let changed = Mail { subject: "Changed".into(), ..mail() };
    backend.mailer.send(&mail()).await.unwrap();
    backend.mailer.send(&changed).await.unwrap();
    let messages = backend.arrived(2);
    for message in &messages {
        let read = MessageParser::default().parse(message).unwrap();
        assert_eq!(read.message_id(), Some("task-17-2@mill.example.org"));
    }
    assert_eq!(subject(messages.last().unwrap()), "Changed");
}

async fn nobody_adds_lines_to_the_head_of_a_mail(backend: Backend) {
    let subject = "song\r\nBcc: eve@example.org\r\n\r\nBody".to_owned();
    // It may be refused as well; it must not be obeyed.
    let sent = backend.mailer.send(&Mail { subject, ..mail() }).await;
    for bytes in backend.arrived(usize::from(sent.is_ok())) {
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert!(read.bcc().is_none());
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim(), mail().text.trim());
    }
}

async fn an_address_that_can_not_be_one_is_refused_for_good(backend: Backend) {
    for to in
        ["", "ann", "ann@", "@example.org", "ann@example.org\r\nBcc: eve@example.org", "a b@c.d"]
    {
        let refused = backend.mailer.send(&Mail { to: to.into(), ..mail() }).await;
        assert!(matches!(refused, Err(Error::Permanent(_))), "{to:?} gave: {refused:?}");
    }
    assert!(backend.arrived(0).is_empty());
}

async fn open(folder: &TempDir) -> Mailer {
    let url = format!("file:{}", folder.path().join("mail").display());
    Mailer::open(&url, FROM, PATIENCE).await.unwrap()
}

#[tokio::test]
async fn a_mail_laid_down_twice_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    for _ in 0..2 {
        mailer.send(&mail()).await.unwrap();
    }
    let files = std::fs::read_dir(folder.path().join("mail")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["task-17-2.eml"]);
}

#[tokio::test]
async fn a_folder_that_vanished_is_a_passing_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    std::fs::remove_dir_all(folder.path().join("mail")).unwrap();
    for failed in [mailer.ping().await, mailer.send(&mail()).await] {
        assert!(matches!(failed, Err(Error::Transient(_))), "{failed:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_no_mail_system_is_named_without_its_password() {
    for (url, fault) in [
        ("pop3://ann:hunter2@example.org:587", "pop3:…@example.org:587"),
        ("localhost", "localhost"),
        ("file:", "file:"),
    ] {
        let error = Mailer::open(url, FROM, PATIENCE).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{url} gave: {error:?}");
        let text = error.to_string();
        assert!(text.contains(fault) && !text.contains("hunter2"), "{url} gave: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().display());
    for from in ["", "Soundmill", "Soundmill <no-reply>"] {
        let error = Mailer::open(&url, from, PATIENCE).await.unwrap_err();
        assert!(matches!(error, OpenError::From(_)), "{from} gave: {error:?}");
    }
}
