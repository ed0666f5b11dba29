//! Drives the whole service – two API processes behind HAProxy, three converters, which are also
//! its sweepers – while it kills, freezes, cuts off and misleads its parts; then lets it heal and
//! holds it to what it answered meanwhile. docs/RELIABILITY.md says what is promised.

mod cage;
mod inject;
mod journal;
mod load;
mod plan;
mod prove;
mod quiet;
mod report;
mod run;
mod site;
mod throughput;
mod verdict;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

/// Breaks the service and says whether it kept its promises.
#[derive(Debug, Parser)]
enum Command {
    /// Run the faults of one or more seeds
    Run(run::Arguments),
    /// Print when a run would do what
    Plan(run::Arguments),
    /// Show that the harness can fail: switch off one rule at a time and expect it to be found out
    Prove(prove::Proof),
    /// Measure how many tiny tasks pass through the queue in a second
    Throughput(throughput::Arguments),
}

fn main() -> ExitCode {
    let command = Command::parse();
    if let Command::Plan(arguments) = &command {
        return run::print_plan(arguments);
    }
    match cage::enter().and_then(|()| execute(command)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("faults: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Faults are carried out by one thread, links and people by the others.
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = async {
                match command {
                    Command::Plan(_) => Ok(true),
                    Command::Run(arguments) => run::run(&arguments).await,
                    Command::Prove(proof) => prove::run(&proof).await,
                    Command::Throughput(arguments) => throughput::run(&arguments).await,
                }
            } => result,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            _ = terminate.recv() => Err("terminated".into()),
        }
    })
}

/// Looks again and again until it holds; `false` when it does not within `patience`.
async fn wait_until(patience: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds().await {
        if start.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    true
}
