//! A `RabbitMQ` that can be killed and started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use rustix::process::Signal;

use super::process::{Process, free_port};
use crate::{Result, wait_until};

/// Name of the queue of jobs.
pub(crate) const QUEUE: &str = "soundmill";
/// Name of the queue of jobs that were given back too often.
pub(crate) const DEAD: &str = "soundmill.dead";

/// Where Debian keeps it; the one in the PATH changes the user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// The broker and what is needed to start it.
#[derive(Debug)]
pub(crate) struct RabbitMq {
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    distribution: u16,
    /// Port of Erlang's directory of nodes.
    directory: u16,
    /// That directory; it stays while the broker is away.
    _epmd: Process,
    process: Option<Process>,
}

impl RabbitMq {
    /// Starts an empty broker in `parent`.
    pub(crate) async fn start(parent: &Path) -> Result<Self> {
        let folder = parent.join("rabbitmq");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("plugins"), "[].")?;
        let directory = free_port()?;
        let mut epmd = Command::new("epmd");
        epmd.args(["-address", "127.0.0.1", "-port", &directory.to_string()]);
        let mut broker = Self {
            address: SocketAddr::from(([127, 0, 0, 1], free_port()?)),
            distribution: free_port()?,
            directory,
            _epmd: Process::start(epmd, &folder.join("epmd.log"))?,
            folder,
            process: None,
        };
        broker.resume().await?;
        Ok(broker)
    }

    /// Starts the broker again and waits until it answers.
    pub(crate) async fn resume(&mut self) -> Result<()> {
        if !Path::new(PROGRAM).exists() {
            return Err("RabbitMQ is missing; install rabbitmq-server".into());
        }
        let url = self.url(self.address);
        for _ in 0..5 {
            self.process = Some(Process::start(self.command(), &self.folder.join("log"))?);
            let answers = wait_until(Duration::from_mins(2), async || {
                let alive = self.process.as_mut().is_some_and(|it| it.ended().is_none());
                !alive || answers(&url).await
            });
            if answers.await && self.process.as_mut().is_some_and(|it| it.ended().is_none()) {
                return Ok(());
            }
            self.kill();
        }
        Err(format!("RabbitMQ does not start; see {}", self.folder.display()).into())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .env("HOME", &self.folder)
            .env("ERL_EPMD_PORT", self.directory.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", "faults@localhost")
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.address.port().to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("RABBITMQ_MNESIA_BASE", self.folder.join("data"))
            .env("RABBITMQ_LOG_BASE", self.folder.join("logs"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", self.folder.join("plugins"))
            .env("RABBITMQ_CONFIG_FILE", self.folder.join("none"))
            // As few threads as it takes: it shares the machine with all the rest.
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none +A 4");
        command
    }

    /// Kills it and all of its processes.
    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.signal_group(Signal::KILL);
        }
    }

    /// URL of the broker when it is reached through `address`.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        format!("amqp://guest:guest@{address}/%2f")
    }
}

async fn answers(url: &str) -> bool {
    let connect = Connection::connect(url, ConnectionProperties::default());
    let Ok(Ok(connection)) = tokio::time::timeout(Duration::from_secs(5), connect).await else {
        return false;
    };
    let _ = connection.close(200, "hello".into()).await;
    true
}

/// Messages that wait in a queue and that nobody holds.
pub(crate) async fn waiting_messages(url: &str, queue: &str) -> Result<u32> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(queue.into(), passive, FieldTable::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(queue.message_count())
}
