//! Google Cloud Storage's emulator.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::process::Process;
use crate::{Result, wait_until};

/// Name of the bucket.
const BUCKET: &str = "faults";

/// A running emulator.
#[derive(Debug)]
pub(crate) struct Emulator {
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    _process: Process,
}

impl Emulator {
    pub(crate) async fn start(parent: &Path, http: &reqwest::Client) -> Result<Self> {
        let folder = parent.join("gcs");
        std::fs::create_dir(&folder)?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("target/tools/gcs/bin/python");
        if !python.exists() {
            return Err("the emulator of Google Cloud Storage is missing; run ./test faults".into());
        }
        let mut command = Command::new(python);
        command.arg(root.join("tests/servers/gcs-emulator.py")).arg(&folder);
        let process = Process::start(command, &folder.join("log"))?;
        let url = folder.join("url");
        if !wait_until(Duration::from_mins(1), async || url.exists()).await {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            return Err(format!("the emulator does not start:\n{log}").into());
        }
        let url = std::fs::read_to_string(url)?;
        let address = url.trim_start_matches("http://").trim().parse()?;
        let bucket = json!({ "name": BUCKET });
        let buckets = format!("http://{address}/storage/v1/b?project=faults");
        http.post(buckets).json(&bucket).send().await?.error_for_status()?;
        Ok(Self { address, http: http.clone(), _process: process })
    }

    /// URL of the bucket when it is reached through `address`.
    pub(crate) fn url(address: SocketAddr) -> String {
        format!("gs://{BUCKET}?endpoint=http://{address}")
    }

    /// Every object in the bucket.
    pub(crate) async fn keys(&self) -> Result<Vec<String>> {
        let url = format!("http://{}/storage/v1/b/{BUCKET}/o", self.address);
        let list: Value = self.http.get(url).send().await?.error_for_status()?.json().await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        Ok(items.iter().filter_map(|item| Some(item["name"].as_str()?.to_owned())).collect())
    }
}
