//! The processes of the service: each is started again whenever it ends, as a supervisor would.

use std::collections::HashMap;
use std::fmt::Write;
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rustix::process::Signal;

use super::disk::Disk;
use super::link::Link;
use super::process::Process;
use crate::{Result, wait_until};

/// Time before a process that ended is started again.
const RESTART: Duration = Duration::from_millis(500);

/// Time between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// What lies at the other end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Server {
    Postgres,
    Broker,
    Bucket,
    Mail,
}

/// One process of the service.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    role: &'static str,
    program: PathBuf,
    folder: PathBuf,
    variables: HashMap<&'static str, String>,
    pub(crate) links: HashMap<Server, Link>,
    /// Where an API listens.
    pub(crate) address: Option<SocketAddr>,
    /// A converter's scratch disk.
    pub(crate) disk: Option<Disk>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    process: Option<Process>,
    /// Whether it is to be started again when it ends.
    wanted: bool,
    /// Whether somebody waits for its end, and it is left alone until then.
    awaited: bool,
    /// Whether there is someone who starts it again.
    kept: bool,
    /// Length of the log when the process was started.
    log_start: u64,
}

impl Member {
    pub(crate) fn new(
        (name, role): (String, &'static str),
        program: &Path,
        folder: PathBuf,
        links: HashMap<Server, Link>,
        variables: HashMap<&'static str, String>,
    ) -> Result<Self> {
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("clock"), "+0")?;
        let address = variables.get("LISTEN").filter(|_| role == "api");
        let address = address.map(|address| address.parse()).transpose()?;
        let program = program.to_owned();
        let disk = variables.get("SCRATCH_DIR").map(|it| Disk::mount(it.into())).transpose()?;
        let state = Mutex::default();
        Ok(Self { name, role, program, folder, variables, links, address, disk, state })
    }

    /// Starts it, and again whenever it ends, until it is [stopped](Self::stop).
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        let mut state = self.state();
        self.spawn(&mut state)?;
        state.wanted = true;
        if !std::mem::replace(&mut state.kept, true) {
            tokio::spawn(keep(Arc::downgrade(self)));
        }
        Ok(())
    }

    /// Whether it has ended and is to be started again.
    fn is_missed(&self) -> bool {
        let mut state = self.state();
        let ended = state.process.as_mut().is_none_or(|process| process.ended().is_some());
        state.wanted && !state.awaited && ended
    }

    fn start_again(&self) {
        let mut state = self.state();
        if let Err(error) = self.spawn(&mut state) {
            eprintln!("{}: {error}", self.name);
        }
    }

    fn spawn(&self, state: &mut State) -> Result<()> {
        let log = self.log();
        state.log_start = std::fs::metadata(&log).map_or(0, |metadata| metadata.len());
        let mut command = Command::new(&self.program);
        command.arg(self.role).current_dir(&self.folder).env_clear().envs(&self.variables);
        command.env("LD_PRELOAD", super::clock::library()?);
        command.env("FAKETIME_TIMESTAMP_FILE", self.folder.join("clock"));
        command.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("NO_FAKE_STAT", "1");
        state.process = Some(Process::start(command, &log)?);
        Ok(())
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(process) = &self.state().process {
            process.signal(signal);
        }
    }

    /// Asks the process to stop and waits until it has; then it is started again.
    pub(crate) async fn terminate(&self, patience: Duration) -> Result<ExitStatus> {
        self.state().awaited = true;
        self.signal(Signal::TERM);
        let mut status = None;
        wait_until(patience, async || {
            status = self.state().process.as_mut().and_then(Process::ended);
            status.is_some()
        })
        .await;
        self.state().awaited = false;
        status.ok_or_else(|| format!("{} did not stop in {patience:?}", self.name).into())
    }

    /// Kills it, and does not start it again.
    pub(crate) fn kill_for_good(&self) {
        let mut state = self.state();
        state.wanted = false;
        state.process = None;
    }

    /// Stops it for good.
    pub(crate) async fn stop(&self, patience: Duration) -> Result<ExitStatus> {
        self.state().wanted = false;
        self.terminate(patience).await
    }

    /// Sets its clock wrong by so many seconds.
    pub(crate) fn skew(&self, seconds: i64) -> Result<()> {
        Ok(std::fs::write(self.folder.join("clock"), format!("{seconds:+}"))?)
    }

    /// The name under which this converter works since it was last started, once it has said so.
    pub(crate) fn worker(&self) -> Option<String> {
        let start = self.state().log_start;
        let mut file = std::fs::File::open(self.log()).ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut text = Vec::new();
        // It is said in the first lines.
        file.take(256 * 1024).read_to_end(&mut text).ok()?;
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().find(|line| line.contains("converter started"))?;
        let at = line.find("converter-")?;
        let name = line[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-');
        Some(name.collect())
    }

    /// How often its log says this.
    pub(crate) fn count_in_log(&self, words: &str) -> usize {
        let text = std::fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&text).matches(words).count()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The end of its log, for a report of what went wrong.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        let mut words = String::new();
        for line in &lines[lines.len().saturating_sub(20)..] {
            let _ = writeln!(words, "  {}: {line}", self.name);
        }
        words
    }

    /// Waits until an API says that it is ready.
    pub(crate) async fn ready(&self, http: &reqwest::Client, patience: Duration) -> bool {
        let Some(address) = self.address else { return true };
        let url = format!("http://{address}/ready");
        wait_until(patience, async || {
            http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a process again whenever it has ended, for as long as anybody has use for it.
async fn keep(member: Weak<Member>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(missed) = member.upgrade().map(|member| member.is_missed()) else { return };
        if missed {
            tokio::time::sleep(RESTART).await;
            if let Some(member) = member.upgrade().filter(|member| member.is_missed()) {
                member.start_again();
            }
        }
    }
}
