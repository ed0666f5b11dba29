//! The mail system: so far a folder.

use mail_parser::MessageParser;
use platform::mail::{Error, Mail, Mailer, OpenError};
use tempfile::TempDir;

const FROM: &str = "Soundmill <no-reply@mill.example.org>";

async fn open(folder: &TempDir) -> Mailer {
    Mailer::open(&format!("file:{}", folder.path().join("mail").display()), FROM).await.unwrap()
}

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

fn files(folder: &TempDir) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.path().join("mail")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_mail_is_read_back_as_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    mailer.ping().await.unwrap();
    mailer.send(&mail()).await.unwrap();
    let bytes = std::fs::read(folder.path().join("mail/task-17-2.eml")).unwrap();
    assert!(bytes.is_ascii(), "a mail server may refuse what is not");
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
    let read = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(read.subject(), Some(mail().subject.as_str()));
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), mail().text);
    assert_eq!(read.body_html(0).unwrap().replace("\r\n", "\n"), mail().html);
    let from = read.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Soundmill"), Some("no-reply@mill.example.org"))
    );
    assert_eq!(read.to().unwrap().first().unwrap().address(), Some("ann@example.org"));
    assert_eq!(read.message_id(), Some("task-17-2@mill.example.org"));
    assert!(read.date().is_some());
}

#[tokio::test]
async fn a_mail_sent_twice_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    let changed = Mail { subject: "Changed".into(), ..mail() };
    mailer.send(&mail()).await.unwrap();
    mailer.send(&changed).await.unwrap();
    let files = files(&folder);
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).unwrap();
    assert_eq!(MessageParser::default().parse(&bytes).unwrap().subject(), Some("Changed"));
}

#[tokio::test]
async fn nobody_adds_lines_to_the_head_of_a_mail() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    let subject = "song\r\nBcc: eve@example.org\r\n\r\nBody".to_owned();
    // It may be refused as well; it must not be obeyed.
    let _ = mailer.send(&Mail { subject, ..mail() }).await;
    for file in files(&folder) {
        let bytes = std::fs::read(file).unwrap();
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert!(read.bcc().is_none());
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), mail().text);
    }
}

#[tokio::test]
async fn an_address_that_can_not_be_one_is_refused_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = open(&folder).await;
    for to in
        ["", "ann", "ann@", "@example.org", "ann@example.org\r\nBcc: eve@example.org", "a b@c.d"]
    {
        let refused = mailer.send(&Mail { to: to.into(), ..mail() }).await;
        assert!(matches!(refused, Err(Error::Permanent(_))), "{to:?} gave: {refused:?}");
    }
    assert!(files(&folder).is_empty());
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
        ("smtp://ann:hunter2@example.org:587", "smtp:…@example.org:587"),
        ("localhost", "localhost"),
        ("file:", "file:"),
    ] {
        let error = Mailer::open(url, FROM).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{url} gave: {error:?}");
        let text = error.to_string();
        assert!(text.contains(fault) && !text.contains("hunter2"), "{url} gave: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().display());
    for from in ["", "Soundmill", "Soundmill <no-reply>"] {
        let error = Mailer::open(&url, from).await.unwrap_err();
        assert!(matches!(error, OpenError::From(_)), "{from} gave: {error:?}");
    }
}
