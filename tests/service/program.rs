//! Starts and stops the real program on a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longest wait for anything; far beyond what a slow machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A folder in which the program can be started, several times in a row.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of the program with nothing configured but a free port.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_soundmill"));
        command.current_dir(self.folder.path()).env_clear();
        command.env("LISTEN", "127.0.0.1:0").stdin(Stdio::null());
        // Tests ask more often than people do.
        command.env("REQUESTS_PER_MINUTE", "1000000").env("LOG_FORMAT", "text");
        command
    }

    pub(crate) fn start(&self) -> Program {
        self.start_with(&[])
    }

    /// Starts the program and waits until it says where it listens.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Program {
        self.start_serving(&[], variables)
    }

    /// The same, with arguments.
    pub(crate) fn start_serving(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Program {
        let (mut child, log) = self.spawn(arguments, variables, "log");
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let url = first.split_whitespace().last().filter(|word| word.starts_with("http://"));
        let Some(url) = url.map(str::to_owned) else {
            panic!("the program did not start: {first}\n{}", std::fs::read_to_string(log).unwrap());
        };
        Program { child, url, log }
    }

    /// Starts the program in a role that serves no HTTP, and waits until its log says so. The log
    /// of each needs a name of its own.
    pub(crate) fn start_beside(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        log: &str,
        word: &str,
    ) -> Program {
        let (child, log) = self.spawn(arguments, variables, log);
        let mut program = Program { child, url: String::new(), log };
        eventually("the program has started", || {
            assert!(program.is_running(), "it did not start: {}", program.log());
            program.log().contains(word).then_some(())
        });
        program
    }

    fn spawn(&self, arguments: &[&str], variables: &[(&str, &str)], log: &str) -> (Child, PathBuf) {
        let log = self.folder.path().join(log);
        let log_file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.command();
        command.args(arguments).envs(variables.iter().copied());
        command.stdout(Stdio::piped()).stderr(log_file);
        (command.spawn().unwrap(), log)
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command().args(arguments).envs(variables.iter().copied()).output().unwrap()
    }

    /// Regular files below a folder of the data folder.
    pub(crate) fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.data().join(folder), &mut files);
        files.sort();
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The running program; killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// Where it listens; empty where it does not.
    pub(crate) url: String,
    log: PathBuf,
}

impl Program {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a crash of the machine would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        eventually("the program ends", || self.child.try_wait().unwrap())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn log(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail = log.lines().filter(|line| !line.contains("request{"));
            let tail: Vec<_> = tail.collect();
            let tail = &tail[tail.len().saturating_sub(50)..];
            eprintln!("--- end of the program's log\n{}", tail.join("\n"));
        }
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
