//! A client as people write them.

use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::program::{PATIENCE, Program};

/// Somebody who is logged in.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    /// Signs up.
    pub(crate) async fn sign_up(program: &Program, username: &str) -> Self {
        let http = http();
        let body = json!({ "username": username, "email": format!("{username}@example.org"),
            "password1": "correct-horse", "password2": "correct-horse" });
        let url = format!("{}/api/auth/signup", program.url);
        let answer = http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { http, url: program.url.clone(), token }
    }

    /// Logs in after a restart.
    pub(crate) async fn log_in(program: &Program, username: &str) -> Self {
        let http = http();
        let body = json!({ "username": username, "password": "correct-horse" });
        let url = format!("{}/api/auth/login", program.url);
        let answer: Value = http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { http, url: program.url.clone(), token }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Uploads a file to be converted and returns the task.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>, format: &str) -> Value {
        self.upload_part(Part::bytes(bytes).file_name(name.to_owned()), format).await
    }

    pub(crate) async fn upload_part(&self, file: Part, format: &str) -> Value {
        let form = Form::new().part("fileName", file).text("newFormat", format.to_owned());
        let answer = self.request(Method::POST, "/api/tasks").multipart(form).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        body["task"].clone()
    }

    pub(crate) async fn task(&self, id: &Value) -> Value {
        self.get(&format!("/api/tasks/{id}")).await.json().await.unwrap()
    }

    /// Waits until a task is as wanted.
    pub(crate) async fn task_when(&self, id: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let task = self.task(id).await;
            if wanted(&task) {
                return task;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain for {task}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a task has ended.
    pub(crate) async fn ended(&self, id: &Value) -> Value {
        self.task_when(id, |task| task["status"] == "processed" || task["status"] == "failed").await
    }

    /// Waits until a task has its result.
    pub(crate) async fn processed(&self, id: &Value) -> Value {
        let task = self.ended(id).await;
        assert_eq!(task["status"], "processed", "{task}");
        task
    }

    /// The result of a task.
    pub(crate) async fn download(&self, task: &Value) -> Vec<u8> {
        let path = format!("/api/files/{}", task["file_id"].as_str().unwrap());
        let answer = self.get(&path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let length = answer.content_length();
        let bytes = answer.bytes().await.unwrap().to_vec();
        assert_eq!(length, Some(bytes.len() as u64));
        bytes
    }
}

/// Without the proxies that the environment may name.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}
