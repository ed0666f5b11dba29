//! One person: works on tasks of their own, one request after the other, so that they know what
//! each task must be.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use reqwest::Method;
use serde_json::json;

use super::Load;
use super::client::{Accepted, Client};
use super::inputs::{Expected, FORMATS};
use crate::journal::{Action, Entry};

/// Tasks that a person keeps coming back to.
const REMEMBERED: usize = 30;
/// How often an upload is sent until it is answered with a task.
const TRIES: u32 = 12;

pub(super) struct Person {
    client: Client,
    load: Arc<Load>,
    rng: StdRng,
    tasks: Vec<Known>,
    uploads: u32,
}

/// A task and what its owner knows of it.
struct Known {
    accepted: Accepted,
    key: String,
    input: &'static str,
    /// What it was first to become.
    first_format: &'static str,
    format: &'static str,
    /// Asked to be deleted.
    deleted: bool,
}

impl Person {
    pub(super) fn new(client: Client, load: Arc<Load>, rng: StdRng) -> Self {
        Self { client, load, rng, tasks: Vec::new(), uploads: 0 }
    }

    pub(super) async fn live(mut self) {
        while self.load.turn().await {
            if self.tasks.len() > REMEMBERED {
                self.tasks.remove(0);
            }
            let which =
                (!self.tasks.is_empty()).then(|| self.rng.random_range(0..self.tasks.len()));
            match (self.rng.random_range(0..100), which) {
                (0..60, _) | (_, None) => self.upload().await,
                (60..66, Some(which)) => self.upload_again(which).await,
                (66..74, Some(which)) => self.change(which).await,
                (74..80, Some(which)) => self.delete(which).await,
                (80..92, Some(which)) => self.download(which).await,
                (_, Some(which)) => self.look(which).await,
            }
        }
    }

    async fn upload(&mut self) {
        let load = Arc::clone(&self.load);
        let drawn = load.inputs.files.choose_weighted(&mut self.rng, |file| file.weight);
        let Ok(file) = drawn else { return };
        let format = FORMATS[self.rng.random_range(0..FORMATS.len())];
        self.uploads += 1;
        let key = format!("{}-{}", self.client.user, self.uploads);
        self.client.site.journal.note(&Entry::Upload {
            user: self.client.user,
            key: key.clone(),
            input: file.name.to_owned(),
            format: format.to_owned(),
        });
        for _ in 0..TRIES {
            match self.client.upload(&key, (file.name, &file.bytes), format).await {
                Some(Ok(accepted)) => {
                    self.tasks.push(Known {
                        accepted,
                        key,
                        input: file.name,
                        first_format: format,
                        format,
                        deleted: false,
                    });
                    return;
                }
                Some(Err(status @ (400..=407 | 409..=428 | 500))) => {
                    let violation = format!("a good upload was answered with {status}");
                    self.client.site.journal.violation(violation);
                    return;
                }
                Some(Err(_)) | None => {}
            }
            let pause = Duration::from_millis(self.rng.random_range(200..1500));
            if !self.load.pause(pause).await {
                return;
            }
        }
    }

    /// The same request once more; it must make no second task.
    async fn upload_again(&mut self, which: usize) {
        let known = &self.tasks[which];
        if known.deleted {
            return;
        }
        let file = self.load.inputs.file(known.input);
        let parts = (file.name, file.bytes.as_slice());
        let answer = self.client.upload(&known.key, parts, known.first_format).await;
        if let Some(Ok(again)) = answer
            && again.task != known.accepted.task
        {
            let (first, second) = (known.accepted.task, again.task);
            let violation = format!("key {} made two tasks: {first}, {second}", known.key);
            self.client.site.journal.violation(violation);
        }
    }

    async fn change(&mut self, which: usize) {
        let format = FORMATS[self.rng.random_range(0..FORMATS.len())];
        let known = &mut self.tasks[which];
        if known.deleted {
            return;
        }
        let (task, journal) = (known.accepted.task, &self.client.site.journal);
        journal.note(&Entry::Change { task, format: format.to_owned() });
        let request = self.client.request(Method::PUT, &format!("/api/tasks/{task}"));
        let request = request.json(&json!({ "newFormat": format }));
        match self.client.send(Action::Change, request).await {
            Some((202, _)) => {
                journal.note(&Entry::Changed { task, at: journal.now() });
                known.format = format;
            }
            Some((404, _)) => journal.violation(format!("task {task} is gone, said a change")),
            // Whether it was done is not known, so nothing more is asked of this task.
            _ => drop(self.tasks.remove(which)),
        }
    }

    async fn delete(&mut self, which: usize) {
        let known = &mut self.tasks[which];
        if known.deleted {
            return;
        }
        let (task, journal) = (known.accepted.task, &self.client.site.journal);
        journal.note(&Entry::Delete { task });
        let request = self.client.request(Method::DELETE, &format!("/api/tasks/{task}"));
        match self.client.send(Action::Delete, request).await {
            Some((200, _)) => {
                journal.note(&Entry::Deleted { task, at: journal.now() });
                known.deleted = true;
            }
            Some((404, _)) => journal.violation(format!("task {task} is gone, said a deletion")),
            _ => drop(self.tasks.remove(which)),
        }
    }

    async fn look(&self, which: usize) {
        let known = &self.tasks[which];
        let task = known.accepted.task;
        let request = self.client.request(Method::GET, &format!("/api/tasks/{task}"));
        let journal = &self.client.site.journal;
        match self.client.send(Action::Look, request).await {
            Some((200, _)) if known.deleted => {
                journal.violation(format!("task {task} was deleted and is there"));
            }
            Some((404, _)) if !known.deleted => {
                journal.violation(format!("task {task} was accepted and is not there"));
            }
            _ => {}
        }
    }

    async fn download(&self, which: usize) {
        let known = &self.tasks[which];
        let (task, file) = (known.accepted.task, known.accepted.file);
        let request = self.client.request(Method::GET, &format!("/api/files/{file}"));
        let Some((status, body)) = self.client.send(Action::Download, request).await else {
            return;
        };
        let journal = &self.client.site.journal;
        let expected = self.load.inputs.expected(known.input, known.format);
        match (status, expected) {
            (200, _) if known.deleted => {
                journal.violation(format!("task {task} was deleted and its file is served"));
            }
            (200, Some(Expected::Bytes(bytes))) if **bytes == body => {}
            (200, _) => journal.violation(format!(
                "task {task} ({} to {}) served {} wrong bytes",
                known.input,
                known.format,
                body.len()
            )),
            (404 | 410, _) if !known.deleted => {
                journal.violation(format!("task {task} is not there, said a download: {status}"));
            }
            _ => {}
        }
    }
}
