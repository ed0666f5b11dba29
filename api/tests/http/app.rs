//! A server for one test, and the ways in which tests talk to it.

use std::sync::OnceLock;
use std::time::Duration;

use api::Server;
use clap::Parser;
use platform::bucket::ObjectKey;
use platform::config::{Config, LogFormat};
use platform::db::{Claim, Outcome, RetryAt};
use platform::monitor::Monitor;
use platform::seams::Seams;
use platform::task::Task;
use platform::telemetry::{self, Metrics};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longest time for any answer; a server that hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

/// Metrics and log are the process's, and set up once.
fn metrics() -> Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let filter = || std::env::var("TEST_LOG").unwrap_or_else(|_| "off".into());
    METRICS.get_or_init(|| telemetry::start(&filter(), LogFormat::Json).unwrap()).clone()
}

/// What the process says of itself.
pub(crate) fn monitor(seams: &Seams) -> Monitor {
    Monitor::new(seams, metrics(), None)
}

/// A running server.
pub(crate) struct App {
    pub(crate) url: String,
    pub(crate) seams: Seams,
    pub(crate) config: Config,
    pub(crate) stop: CancellationToken,
    running: Option<JoinHandle<()>>,
    client: reqwest::Client,
    folder: TempDir,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server with further settings, as on the command line.
    pub(crate) async fn with(settings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().to_str().unwrap();
        let line = ["test", "--data-dir", data, "--listen", "127.0.0.1:0", "--http-workers", "1"];
        let config = Line::parse_from(line.iter().chain(settings)).config;
        let seams = Seams::open(&config).await.unwrap();
        let server = Server::bind(&config, seams.clone(), monitor(&seams)).unwrap();
        let url = format!("http://{}", server.address());
        let stop = CancellationToken::new();
        let running = Some(tokio::spawn(server.run(stop.clone())));
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { url, seams, config, stop, running, client, folder }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(&mut self) {
        let running = self.running.take().unwrap();
        tokio::time::timeout(PATIENCE, running).await.expect("the server ends").unwrap();
    }

    /// Makes an account and returns its token.
    pub(crate) async fn sign_up(&self, name: &str) -> String {
        let body = json!({
            "username": name, "email": format!("{name}@example.org"),
            "password1": "correct horse", "password2": "correct horse",
        });
        let response = self.post("/api/auth/signup").json(&body).send().await.unwrap();
        let answer = expect(response, StatusCode::CREATED).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Uploads a small file and returns the new task.
    pub(crate) async fn upload(&self, token: &str, name: &str, format: &str) -> Value {
        let form = form(name, b"some audio", &[("newFormat", format)]);
        let request = self.post("/api/tasks").bearer_auth(token).multipart(form);
        expect(request.send().await.unwrap(), StatusCode::ACCEPTED).await["task"].clone()
    }

    pub(crate) async fn row(&self, task: &Value) -> Task {
        self.seams.db.task(task["id"].as_i64().unwrap()).await.unwrap().unwrap()
    }

    /// Claims a task as a converter does; those whose turn comes before are given back.
    pub(crate) async fn claim(&self, task: &Value) -> Task {
        let db = &self.seams.db;
        let mut others = Vec::new();
        let claimed = loop {
            let next = db.claim_next("test", PATIENCE).await.unwrap().expect("the task waits");
            if next.id == task["id"] {
                break next;
            }
            others.push(next);
        };
        for other in others {
            let retry = RetryAt { not_before: other.not_before, give_attempt_back: true };
            assert!(db.return_task(Claim::on(&other), retry).await.unwrap());
        }
        claimed
    }

    /// Ends a task as a converter does, with this result.
    pub(crate) async fn convert(&self, task: &Value, result: &'static [u8]) {
        let claimed = self.claim(task).await;
        let claim = Claim::on(&claimed);
        let key = ObjectKey::result(claim);
        self.seams.db.intend_object(&key).await.unwrap();
        let blocks = futures_util::stream::iter([Ok(bytes::Bytes::from_static(result))]);
        self.seams.bucket.put(&key, blocks).await.unwrap();
        let outcome = Outcome {
            result_key: key,
            result_size: i64::try_from(result.len()).unwrap(),
            result_digest: format!("{:064x}", result.len()),
            source_format: "flac".into(),
            duration_seconds: 1.5,
        };
        assert!(self.seams.db.finish_task(claim, &outcome, self.config.retention).await.unwrap());
    }

    /// Ends a task with an error.
    pub(crate) async fn fail(&self, task: &Value, code: &str, message: &str) {
        let claim = Claim::on(&self.claim(task).await);
        let failed = self.seams.db.fail_task(claim, (code, message), self.config.retention).await;
        assert!(failed.unwrap());
    }

    /// Puts a file where the bucket's folder for uploads would be.
    pub(crate) fn block_bucket(&self) {
        std::fs::write(self.folder.path().join("bucket/src"), b"in the way").unwrap();
    }

    /// Files in the bucket, finished or not.
    pub(crate) fn objects(&self) -> usize {
        count_files(&self.folder.path().join("bucket"))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn count_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

/// A form with a file and fields after it.
pub(crate) fn form(name: &str, file: &[u8], fields: &[(&str, &str)]) -> Form {
    let part = Part::bytes(file.to_vec()).file_name(name.to_owned());
    with_fields(Form::new().part("fileName", part), fields)
}

pub(crate) fn with_fields(form: Form, fields: &[(&str, &str)]) -> Form {
    fields
        .iter()
        .fold(form, |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()))
}

/// The JSON of an answer that must have this status.
pub(crate) async fn expect(response: Response, status: StatusCode) -> Value {
    let (found, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// The body of an answer that must be a problem with this status and code.
pub(crate) async fn problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status, "{response:?}");
    let body = any_problem(response).await;
    assert_eq!(body["code"], code, "{body}");
    body
}

/// The body of an answer that must be a well-formed problem.
pub(crate) async fn any_problem(response: Response) -> Value {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/problem+json"), "{status} {text}");
    assert!(header("x-request-id").is_some_and(|id| !id.is_empty()), "{headers:?}");
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    match status.as_u16() {
        401 => assert_eq!(header("www-authenticate"), Some("Bearer")),
        405 => assert!(header("allow").is_some()),
        429 | 503 => assert!(header("retry-after").unwrap().parse::<u32>().unwrap() > 0),
        _ => {}
    }
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["status"], status.as_u16(), "{body}");
    assert_eq!(body["message"], body["detail"]);
    for member in ["type", "title", "detail", "code"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
    }
    body
}

/// Asks again and again, for a while, until the answer is yes.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, ask: impl Fn() -> F) {
    for _ in 0..500 {
        if ask().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
