//! The mail systems, and how a test is run on each of them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mail_parser::MessageParser;
use platform::mail::Mailer;
use serde_json::Value;
use tempfile::TempDir;

pub(super) const FROM: &str = "Soundmill <no-reply@mill.example.org>";

/// Longest wait for a mail server's answer and for a mail's arrival.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Makes a test of each function on each mail system: `…::in_a_folder::name`, `…::over_smtp::name`.
macro_rules! on_each_backend {
    ($($name:ident),+ $(,)?) => {
        mod in_a_folder {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::mail::backend::Backend::folder().await).await;
            })+
        }
        mod over_smtp {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::mail::backend::Backend::smtp().await).await;
            })+
        }
    };
}
pub(super) use on_each_backend;

/// A mail system with nothing in it.
pub(super) struct Backend {
    pub(super) mailer: Mailer,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Server(Box<Server>),
}

impl Backend {
    pub(super) async fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file:{}", folder.path().join("mail").display());
        let mailer = Mailer::open(&url, FROM, PATIENCE).await.unwrap();
        Self { mailer, place: Place::Folder(folder) }
    }

    pub(super) async fn smtp() -> Self {
        let server = Server::start(&["starttls", "login"]);
        let mailer = server.mailer(LOGIN, "").await;
        Self { mailer, place: Place::Server(Box::new(server)) }
    }

    /// What arrived since this was last asked, as its recipients get it; at least `count` mails.
    pub(super) fn arrived(&self, count: usize) -> Vec<Vec<u8>> {
        match &self.place {
            Place::Folder(folder) => {
                let files = std::fs::read_dir(folder.path().join("mail")).unwrap();
                files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
            }
            Place::Server(server) => server.messages(count),
        }
    }
}

/// How one logs in at the test's server.
pub(super) const LOGIN: &str = "soundmill:p%40ss%3Aword%2F%3F@";

/// A mail server of the test's own.
pub(super) struct Server {
    program: Child,
    lines: Receiver<String>,
    port: String,
    pub(super) folder: TempDir,
}

impl Server {
    /// A server that is told these words.
    pub(super) fn start(words: &[&str]) -> Self {
        let python = std::env::var("TEST_PYTHON").unwrap_or_else(|_| {
            panic!(
                "TEST_PYTHON is not set. Run `./test`, or this test alone with \
                 `./test run cargo test --release --workspace NAME`."
            )
        });
        let folder = tempfile::tempdir().unwrap();
        let mut program = Command::new(python)
            .arg("../tests/servers/smtp.py")
            .arg(folder.path())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        let port = lines.recv_timeout(PATIENCE).expect("the mail server starts");
        Self { program, lines, port, folder }
    }

    /// The server's address with this login, believing this server's authority.
    pub(super) fn url(&self, login: &str, query: &str) -> String {
        let ca = self.folder.path().join("ca.pem");
        format!("smtp://{login}localhost:{}?ca={}{query}", self.port, ca.display())
    }

    pub(super) async fn mailer(&self, login: &str, query: &str) -> Mailer {
        Mailer::open(&self.url(login, query), FROM, PATIENCE).await.unwrap()
    }

    /// The mails that arrived since this was last asked, with how they came; at least `count`.
    pub(super) fn arrived(&self, count: usize) -> Vec<Value> {
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(self.lines.recv_timeout(PATIENCE).expect("a mail arrives"));
        }
        lines.extend(self.lines.try_iter());
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn messages(&self, count: usize) -> Vec<Vec<u8>> {
        let text = |mail: &Value| mail["message"].as_str().unwrap().as_bytes().to_vec();
        self.arrived(count).iter().map(text).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input; whoever is served slowly need not be waited for.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The subject of a mail as it is read.
pub(super) fn subject(message: &[u8]) -> String {
    MessageParser::default().parse(message).unwrap().subject().unwrap().to_owned()
}
