//! A `PostgreSQL` that can be killed and started again.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::process::{Process, free_port};
use crate::{Result, wait_until};

/// Users that Debian has for it; it refuses to run as root.
const USER: &str = "postgres";

/// The server and what is needed to start it.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    process: Option<Process>,
}

impl Postgres {
    /// Makes a database in `parent` and starts the server.
    pub(crate) async fn start(parent: &Path) -> Result<Self> {
        let folder = parent.join("postgres");
        std::fs::create_dir(&folder)?;
        std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o711))?;
        let programs = programs()?;
        let owned = Command::new("chown").arg(USER).arg(&folder).status()?.success();
        if !owned {
            return Err("there is no user postgres; install postgresql".into());
        }
        let mut initdb = as_user(&programs.join("initdb"));
        initdb.args(["--username", "soundmill", "--encoding", "UTF8", "--locale", "C.UTF-8"]);
        initdb.args(["--auth", "trust", "--no-sync", "--pgdata"]).arg(folder.join("data"));
        let output = initdb.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut server = Self { programs, folder, address, process: None };
        server.resume().await?;
        Ok(server)
    }

    /// Starts the server again and waits until it answers.
    pub(crate) async fn resume(&mut self) -> Result<()> {
        let url = self.url(self.address);
        for _ in 0..100 {
            self.process = Some(self.spawn()?);
            let answers = wait_until(Duration::from_mins(1), async || {
                answers(&url).await || self.process.as_mut().is_some_and(|it| it.ended().is_some())
            });
            if answers.await && self.process.as_mut().is_some_and(|it| it.ended().is_none()) {
                return Ok(());
            }
            // What a killed server left behind needs a moment to notice and to go.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("PostgreSQL does not start; see {}", self.log().display()).into())
    }

    fn spawn(&self) -> Result<Process> {
        let mut command = as_user(&self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.join("data"));
        command.args(["-p", &self.address.port().to_string()]);
        // Processes die here and never the machine, so nothing has to reach the disk; what was
        // committed must have reached the kernel.
        for setting in [
            "fsync=off",
            "full_page_writes=off",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_preload_libraries=pg_stat_statements",
        ] {
            command.args(["-c", setting]);
        }
        Process::start(command, &self.log())
    }

    /// Ends the server: SIGKILL as a crash, SIGQUIT at once, SIGINT in order.
    pub(crate) async fn end(&mut self, signal: Signal) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(signal);
        match process.end(Duration::from_secs(30)).await {
            Some(_) => Ok(()),
            None => Err("PostgreSQL does not end".into()),
        }
    }

    /// URL of the database when it is reached through `address`.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        format!("postgres://soundmill@{address}/postgres")
    }

    /// Connections of the harness's own, past all links.
    pub(crate) async fn pool(&self) -> Result<PgPool> {
        let options = PgPoolOptions::new().max_connections(8);
        let options = options.acquire_timeout(Duration::from_secs(5));
        Ok(options.connect(&self.url(self.address)).await?)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

async fn answers(url: &str) -> bool {
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
    let Ok(pool) = options.max_connections(1).connect(url).await else { return false };
    let answered = sqlx::query("select 1").execute(&pool).await.is_ok();
    pool.close().await;
    answered
}

fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
    // A folder that the user may not enter would be complained about.
    command.current_dir("/");
    command
}

/// The newest version's programs; Debian keeps most of them out of the PATH.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let newest = folders.filter(|folder| folder.join("initdb").exists()).max();
    newest.ok_or_else(|| "PostgreSQL is missing; install postgresql".into())
}
