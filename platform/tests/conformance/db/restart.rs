//! A server that goes away and comes back.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use platform::db::{Db, Settings};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use super::engine::SETTINGS;
use super::given;

/// Obeys one word a line, and says when it has.
const SCRIPT: &str = r#"
    set -euo pipefail
    source ../tests/servers/postgres
    trap stop_postgres EXIT
    start_postgres "$0"
    echo "$TEST_POSTGRES_URL"
    while read -r word; do
        case $word in
            stop) stop_postgres ;;
            start) run_postgres ;;
        esac
        echo "$word"
    done
"#;

/// A server of this test's own.
struct Server {
    shell: Child,
    words: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    _folder: TempDir,
}

impl Server {
    fn start() -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("bash")
            .args(["-c", SCRIPT])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(shell.stdout.take().unwrap()).lines();
        let url = answers.next().expect("the server starts").unwrap();
        let words = shell.stdin.take();
        (Self { shell, words, answers, _folder: folder }, url)
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.words.as_ref().unwrap(), "{word}").unwrap();
        assert_eq!(self.answers.next().unwrap().unwrap(), word);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.shell.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_succeed_again_as_soon_as_the_server_is_back() {
    let (mut server, url) = Server::start();
    // The tests' servers forget what they were told last when they are cut off; this one must not.
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("alter role soundmill set synchronous_commit = on").await.unwrap();
    connection.close().await.unwrap();
    let patience = Settings { acquire_timeout: Duration::from_secs(2), ..SETTINGS };
    let db = Db::open(&url, patience).await.unwrap();
    let task = given::task(&db).await;
    for _ in 0..2 {
        // Connections that are open when the server goes.
        let pings = futures_util::future::join_all((0..8).map(|_| db.ping())).await;
        assert!(pings.iter().all(Result::is_ok));
        server.tell("stop");
        let before = db.now();
        assert!(db.task(task.id).await.is_err());
        assert!(db.claim_next("worker-1", given::LEASE).await.is_err());
        assert!(db.now() > before, "the clock goes on");
        server.tell("start");
        // The very next statements, on connections that had been cut.
        let reads = futures_util::future::join_all((0..8).map(|_| db.task(task.id))).await;
        assert!(reads.iter().all(|read| matches!(read, Ok(Some(_)))), "{reads:?}");
    }
    given::claim(&db, &task).await;
    db.close().await;
}
