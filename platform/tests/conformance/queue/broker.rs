//! A broker of a test's own, which can be killed and started again.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;
use tokio::task::block_in_place;

const SCRIPT: &str = r#"
set -euo pipefail
source "$1"
trap stop_rabbitmq EXIT
start_rabbitmq "$2"
echo "$TEST_AMQP_URL"
while read -r order; do
    case $order in
    kill) stop_rabbitmq KILL ;;
    stop) stop_rabbitmq TERM ;;
    boot) boot_rabbitmq ;;
    esac
    echo done
done
"#;

/// The broker, by the shell that watches over it; it ends with that.
pub(super) struct Broker {
    /// As `QUEUE_URL` names it.
    pub(super) url: String,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    shell: Child,
    _folder: TempDir,
}

impl Broker {
    /// Takes some seconds.
    pub(super) fn start() -> Self {
        block_in_place(Self::start_at_once)
    }

    fn start_at_once() -> Self {
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/servers/rabbitmq");
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("bash");
        command.arg("-c").arg(SCRIPT).arg("bash").arg(server).arg(folder.path());
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = shell.stdin.take().unwrap();
        let mut answers = BufReader::new(shell.stdout.take().unwrap()).lines();
        let url = answers
            .next()
            .expect("the broker starts; does `apt-get install rabbitmq-server` help?")
            .unwrap();
        Self { url, orders, answers, shell, _folder: folder }
    }

    /// Ends it as a crash of its machine would.
    pub(super) fn kill(&mut self) {
        self.order("kill\n");
    }

    /// Ends it in order.
    pub(super) fn stop(&mut self) {
        self.order("stop\n");
    }

    /// Starts it on what it had written to disk.
    pub(super) fn boot(&mut self) {
        self.order("boot\n");
    }

    fn order(&mut self, order: &str) {
        block_in_place(|| {
            self.orders.write_all(order.as_bytes()).unwrap();
            assert_eq!(self.answers.next().unwrap().unwrap(), "done");
        });
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The servers end with their shell.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
