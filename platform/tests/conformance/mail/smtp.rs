//! What a mail server does to mails, and what that means for them.

use std::time::Duration;

use platform::mail::{Error, Mail, Mailer, OpenError};

use super::backend::{FROM, LOGIN, Server, subject};
use super::mail;

fn to(name: &str) -> Mail {
    Mail { to: format!("{name}@example.org"), ..mail() }
}

fn assert_passing(result: Result<(), Error>, words: &str) {
    let Err(Error::Transient(reason)) = result else { panic!("{words}: {result:?}") };
    assert!(reason.contains(words), "{reason}");
}

#[tokio::test]
async fn mails_go_encrypted_and_with_the_login_over_one_connection() {
    let server = Server::start(&["starttls", "login"]);
    let mailer = server.mailer(LOGIN, "").await;
    mailer.ping().await.unwrap();
    for _ in 0..3 {
        mailer.send(&mail()).await.unwrap();
    }
    let mails = server.arrived(3);
    for mail in &mails {
        assert_eq!(mail["encrypted"], true);
        assert_eq!(mail["login"], "soundmill");
        assert_eq!(mail["from"], "no-reply@mill.example.org");
        assert_eq!(mail["to"], serde_json::json!(["ann@example.org"]));
        assert_eq!(mail["hello"], "mill.example.org");
        assert_eq!(mail["port"], mails[0]["port"]);
    }
}

#[tokio::test]
async fn a_connection_can_be_encrypted_from_its_first_byte() {
    let server = Server::start(&["implicit", "login"]);
    let url = server.url(LOGIN, "").replace("smtp:", "smtps:");
    let mailer = Mailer::open(&url, FROM, super::backend::PATIENCE).await.unwrap();
    mailer.send(&mail()).await.unwrap();
    let mails = server.arrived(1);
    assert_eq!((&mails[0]["encrypted"], &mails[0]["login"]), (&true.into(), &"soundmill".into()));
}

#[tokio::test]
async fn nothing_is_said_in_the_open_unless_that_is_asked_for() {
    let server = Server::start(&["login"]);
    assert_passing(server.mailer(LOGIN, "").await.send(&mail()).await, "no encryption");
    let mailer = server.mailer(LOGIN, "&tls=none").await;
    mailer.send(&mail()).await.unwrap();
    let mails = server.arrived(1);
    assert_eq!((mails.len(), &mails[0]["encrypted"]), (1, &false.into()));
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_not_named_is_not_believed() {
    let (server, other) = (Server::start(&["starttls"]), Server::start(&["starttls"]));
    let url = server.url("", "");
    let system = url.split('?').next().unwrap().to_owned();
    let ca = |server: &Server| server.folder.path().join("ca.pem").display().to_string();
    for url in [system, url.replace(&ca(&server), &ca(&other))] {
        let mailer = Mailer::open(&url, FROM, super::backend::PATIENCE).await.unwrap();
        assert_passing(mailer.send(&mail()).await, "no encryption");
    }
    assert!(server.arrived(0).is_empty());
}

#[tokio::test]
async fn a_refused_login_is_no_mails_fault() {
    let server = Server::start(&["starttls", "login"]);
    for login in ["soundmill:wrong@", "eve:p%40ss%3Aword%2F%3F@"] {
        let mailer = server.mailer(login, "").await;
        assert_passing(mailer.send(&mail()).await, "the login was refused");
        assert_passing(mailer.ping().await, "535");
    }
    assert_passing(server.mailer("", "").await.send(&mail()).await, "530");
    assert!(server.arrived(0).is_empty());
}

#[tokio::test]
async fn a_recipient_who_is_refused_for_now_is_tried_again_and_one_refused_for_good_is_not() {
    let server = Server::start(&["starttls"]);
    let mailer = server.mailer("", "").await;
    assert_passing(mailer.send(&to("busy")).await, "451");
    mailer.send(&to("busy")).await.unwrap();
    let refused = mailer.send(&to("nobody")).await;
    assert!(matches!(&refused, Err(Error::Permanent(why)) if why.contains("550")), "{refused:?}");
    mailer.send(&mail()).await.unwrap();
    assert_eq!(server.arrived(2).len(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_mail_is_replaced() {
    let server = Server::start(&["starttls"]);
    let mailer = server.mailer("", "").await;
    mailer.send(&mail()).await.unwrap();
    for _ in 0..2 {
        let cut = mailer.send(&to("cut")).await;
        assert!(matches!(cut, Err(Error::Transient(_))), "{cut:?}");
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(server.arrived(3).len(), 3);
}

/// The answer to the slow one's mail must not be taken for that to the next.
#[tokio::test]
async fn a_server_that_does_not_answer_in_time_holds_up_one_mail() {
    let server = Server::start(&["starttls"]);
    let url = server.url("", "");
    let mailer = Mailer::open(&url, FROM, Duration::from_secs(2)).await.unwrap();
    mailer.ping().await.unwrap();
    assert_passing(mailer.send(&to("slow")).await, "did not answer within 2s");
    let refused = mailer.send(&to("nobody")).await;
    assert!(matches!(refused, Err(Error::Permanent(_))), "{refused:?}");
    let next = Mail { subject: "Next".into(), ..mail() };
    mailer.send(&next).await.unwrap();
    let mails = server.arrived(1);
    assert_eq!(subject(mails[0]["message"].as_str().unwrap().as_bytes()), "Next");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_passing_failure() {
    let mailer = Mailer::open("smtp://localhost:1?tls=none", FROM, Duration::from_secs(30)).await;
    let mailer = mailer.unwrap();
    assert_passing(mailer.send(&mail()).await, "localhost:1: no connection");
    assert_passing(mailer.ping().await, "localhost:1: no connection");
}

#[tokio::test]
async fn an_address_that_can_not_be_used_is_refused_at_the_start() {
    for url in [
        "smtp:",
        "smtp://",
        "smtp://ann@example.org",
        "smtp://:hunter2@example.org",
        "smtp://example.org:port",
        "smtp://example.org?tls=maybe",
        "smtp://example.org?ca=",
        "smtp://example.org?colour=blue",
        "smtps://example.org?tls=none",
        "smtp://ann:%ff@example.org",
    ] {
        let refused = Mailer::open(url, FROM, super::backend::PATIENCE).await;
        assert!(matches!(refused, Err(OpenError::Url(_))), "{url} gave: {refused:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.pem");
    std::fs::write(&text, "no certificate").unwrap();
    for file in [text, folder.path().join("missing.pem")] {
        let url = format!("smtps://ann:hunter2@example.org?ca={}", file.display());
        let refused = Mailer::open(&url, FROM, super::backend::PATIENCE).await.unwrap_err();
        assert!(matches!(refused, OpenError::Ca(..)), "{refused:?}");
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}
