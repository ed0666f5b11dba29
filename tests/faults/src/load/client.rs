//! A person at the API: sends requests and notes how each was answered.

use std::sync::Arc;

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::journal::{Action, Entry};
use crate::site::Site;

/// Somebody who is logged in.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) site: Arc<Site>,
    pub(crate) user: i64,
    token: String,
}

/// What came back: the status, and the whole body; nothing when it broke off.
pub(crate) type Answer = Option<(u16, bytes::Bytes)>;

/// A task as it was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) task: i64,
    pub(crate) file: Uuid,
}

impl Client {
    /// Signs up; nothing is broken yet.
    pub(crate) async fn sign_up(site: &Arc<Site>, name: &str) -> Result<Self> {
        let body = json!({ "username": name, "email": format!("{name}@example.org"),
            "password1": "correct-horse", "password2": "correct-horse" });
        let answer = site.http.post(site.url("/api/auth/signup")).json(&body).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let token = answer["access_token"].as_str().ok_or("no token")?.to_owned();
        let id = "select id from users where username = $1";
        let user = sqlx::query_scalar(id).bind(name).fetch_one(&site.pool).await?;
        Ok(Self { site: Arc::clone(site), user, token })
    }

    /// Sends a request and notes its answer.
    pub(crate) async fn send(&self, action: Action, request: RequestBuilder) -> Answer {
        let journal = &self.site.journal;
        let start = journal.now();
        let answer = async {
            let answer = request.bearer_auth(&self.token).send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        let answer = answer.await;
        let (status, code) = match &answer {
            Ok((status, body)) => (Some(*status), code(*status, body)),
            Err(error) => (None, kind(error).to_owned()),
        };
        journal.note(&Entry::Request { action, start, end: journal.now(), status, code });
        answer.ok()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.site.http.request(method, self.site.url(path))
    }

    /// Sends an upload once.
    pub(crate) async fn upload(
        &self,
        key: &str,
        (name, bytes): (&str, &[u8]),
        format: &str,
    ) -> Option<std::result::Result<Accepted, u16>> {
        let file = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form = Form::new().part("fileName", file).text("newFormat", format.to_owned());
        let request = self.request(Method::POST, "/api/tasks").multipart(form);
        let (status, body) =
            self.send(Action::Upload, request.header("Idempotency-Key", key)).await?;
        if status != 202 {
            return Some(Err(status));
        }
        let body: Value = serde_json::from_slice(&body).ok()?;
        let task = body["task"]["id"].as_i64()?;
        let file = body["task"]["file_id"].as_str()?.parse().ok()?;
        let key = key.to_owned();
        self.site.journal.note(&Entry::Accepted { user: self.user, key, task, file });
        Some(Ok(Accepted { task, file }))
    }
}

fn code(status: u16, body: &[u8]) -> String {
    if status < 400 {
        return String::new();
    }
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let code = problem.and_then(|problem| Some(problem["code"].as_str()?.to_owned()));
    code.unwrap_or_else(|| "of the proxy".to_owned())
}

fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "broke off"
    }
}
