//! `soundmill convert`: the engine without the service, on files and folders.

mod arguments;
mod one;
mod plan;
mod report;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use codec::Control;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::signals;
pub(crate) use arguments::Arguments;
pub(crate) use plan::PlanError;
use plan::{Job, Plan};
use report::{Ending, Reporter, STEPS};

/// Exit status when a file could not be converted.
const FAILED: u8 = 1;
/// Exit status after a signal, as shells count it (128 + SIGINT).
const INTERRUPTED: u8 = 130;

/// Why nothing was converted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Plan(#[from] PlanError),
    #[error("{0}")]
    Options(#[from] codec::Error),
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Converts everything asked for; the status says whether all of it went well.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let plan = Plan::new(arguments)?;
    let options = arguments.wishes.options();
    options.validate(plan.target)?;
    let stop = CancellationToken::new();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async { signals::cancel_on_signal(stop.clone()) })?;
    let failed = Conversions { arguments, plan: &plan, options, stop: &stop }.run();
    Ok(match failed {
        _ if stop.is_cancelled() => ExitCode::from(INTERRUPTED),
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

struct Conversions<'a> {
    arguments: &'a Arguments,
    plan: &'a Plan,
    options: codec::Options,
    stop: &'a CancellationToken,
}

impl Conversions<'_> {
    /// Converts on as many threads as wanted and returns how many files failed.
    fn run(&self) -> usize {
        let reporter = Reporter::new(self.arguments.json);
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            while let Some(job) = self.plan.jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.stop.is_cancelled() {
                    return;
                }
                if matches!(self.convert(job, &reporter), Ending::Failed(_)) {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.threads() {
                scope.spawn(work);
            }
        });
        failed.into_inner()
    }

    fn convert(&self, job: &Job, reporter: &Reporter) -> Ending {
        let bar = reporter.begin(job);
        let control = Watched { bar: &bar, stop: self.stop };
        let wanted = (self.plan.target, &self.options);
        let ending = match one::convert(job, wanted, self.arguments.overwrite, &control) {
            Ok(receipt) => Ending::Converted(Box::new(receipt)),
            Err(one::Error::Engine(codec::Error::UnrecognisedFormat)) if self.plan.folder => {
                Ending::Skipped
            }
            Err(error) => Ending::Failed(error),
        };
        reporter.end(job, &bar, &ending);
        ending
    }

    fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let wanted = self.arguments.jobs.map_or_else(processors, NonZeroUsize::get);
        wanted.min(self.plan.jobs.len())
    }
}

/// Moves the bar, and stops at a signal.
struct Watched<'a> {
    bar: &'a ProgressBar,
    stop: &'a CancellationToken,
}

impl Control for Watched<'_> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "0 to 1000"
    )]
    fn progress(&self, fraction: f64) {
        self.bar.set_position((fraction * STEPS as f64) as u64);
    }

    fn cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }
}
