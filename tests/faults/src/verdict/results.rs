//! Every task that was accepted is there and ended as its input deserves; its result is right to
//! the byte, and nothing that was deleted or replaced is served.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;

use super::Row;
use super::ledger::{Deletion, Ledger, Owed};
use crate::Result;
use crate::load::inputs::{Expected, Inputs, POISON};
use crate::site::Site;

/// Downloads at a time.
const DOWNLOADS: usize = 4;
/// What a task ends with that took down worker after worker.
const CRASHED: &str = "worker_crashed";

pub(super) async fn check(
    site: &Arc<Site>,
    inputs: &Inputs,
    ledger: &Ledger,
    rows: &[Row],
) -> Result<Vec<String>> {
    let by_id: HashMap<i64, &Row> = rows.iter().map(|row| (row.id, row)).collect();
    let mut violations = Vec::new();
    let mut downloads = Vec::new();
    for (task, owed) in &ledger.tasks {
        match judge(owed, by_id.get(task).copied(), inputs) {
            Ok(Some(expected)) => downloads.push((*task, owed, Some(expected))),
            Ok(None) => downloads.push((*task, owed, None)),
            Err(words) => violations.push(format!("task {task} ({}): {words}", owed.input)),
        }
    }
    let links = Links::read(site).await?;
    let answers = futures_util::stream::iter(downloads).map(|(task, owed, expected)| {
        let links = &links;
        async move { download(site, links, task, owed, expected).await }
    });
    violations.extend(
        answers.buffer_unordered(DOWNLOADS).filter_map(async |it| it).collect::<Vec<_>>().await,
    );
    Ok(violations)
}

/// What a download must give, if anything; or what is wrong with the row.
fn judge<'a>(
    owed: &Owed,
    row: Option<&Row>,
    inputs: &'a Inputs,
) -> std::result::Result<Option<&'a Expected>, String> {
    let row = match (owed.deletion, row) {
        (Deletion::Yes(_), Some(_)) => return Err("it was deleted and is there".into()),
        (Deletion::Yes(_) | Deletion::Perhaps, None) => return Ok(None),
        (Deletion::No, None) => return Err("it was accepted and is lost".into()),
        (_, Some(row)) => row,
    };
    let changed = i64::try_from(owed.changed.len()).unwrap_or(i64::MAX);
    if !(changed + 1..=changed + 1 + owed.uncertain).contains(&row.generation) {
        return Err(format!("{changed} changes made generation {}", row.generation));
    }
    if !owed.formats.contains(&row.new_format) {
        return Err(format!("it became {}, not one of {:?}", row.new_format, owed.formats));
    }
    let ended = (row.status.as_str(), row.error_code.as_deref());
    let expected = inputs.expected(&owed.input, &row.new_format);
    match (expected, ended) {
        (None, ("failed", Some(CRASHED))) if owed.input == POISON => Ok(None),
        (Some(Expected::Failure(code)), ("failed", Some(found))) if *code == found => Ok(expected),
        (Some(Expected::Bytes(_)), ("processed", _)) => judge_key(row).map(|()| expected),
        (_, (status, error)) => Err(format!(
            "it ended as {status} {} after {} attempts and {} crashes",
            error.unwrap_or_default(),
            row.attempt,
            row.crashes
        )),
    }
}

/// The result is that of the last claim; any other was written by a worker that had lost it.
fn judge_key(row: &Row) -> std::result::Result<(), String> {
    let key = row.result_key.as_deref().unwrap_or_default();
    let right = format!("out/{}/{}/{}", row.id, row.generation, row.claim);
    if key == right {
        return Ok(());
    }
    Err(format!("its result {key} was not written under its last claim, {right}"))
}

/// Logins of all users, by number.
struct Links(HashMap<i64, String>);

impl Links {
    async fn read(site: &Site) -> Result<Self> {
        let users: Vec<(i64, String)> =
            sqlx::query_as("select id, username from users").fetch_all(&site.pool).await?;
        let mut tokens = HashMap::new();
        for (id, username) in users {
            let body = serde_json::json!({ "username": username, "password": "correct-horse" });
            let answer = site.http.post(site.url("/api/auth/login")).json(&body).send().await?;
            let answer: serde_json::Value = answer.error_for_status()?.json().await?;
            let token = answer["access_token"].as_str().ok_or("no token")?;
            tokens.insert(id, token.to_owned());
        }
        Ok(Self(tokens))
    }
}

async fn download(
    site: &Site,
    links: &Links,
    task: i64,
    owed: &Owed,
    expected: Option<&Expected>,
) -> Option<String> {
    let url = site.url(&format!("/api/files/{}", owed.file));
    let token = links.0.get(&owed.user)?;
    let answer = async {
        let answer = site.http.get(url).bearer_auth(token).send().await?;
        Ok::<_, reqwest::Error>((answer.status().as_u16(), answer.bytes().await?))
    };
    let (status, bytes) = match answer.await {
        Ok(answer) => answer,
        Err(error) => return Some(format!("task {task}: its file can't be fetched: {error}")),
    };
    match (expected, status) {
        (Some(Expected::Bytes(right)), 200) if **right == bytes => None,
        (Some(Expected::Bytes(_)), 200) => Some(format!("task {task}: its result is wrong")),
        (Some(Expected::Failure(_)) | None, 404 | 409) => None,
        (_, status) => Some(format!("task {task}: its file was answered with {status}")),
    }
}
