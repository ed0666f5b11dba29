//! A run: load and faults together, then rest, then the verdict; once for each seed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use humantime::parse_duration;

use crate::Result;
use crate::inject::Injector;
use crate::journal::Journal;
use crate::load::inputs::Inputs;
use crate::load::{self, Load};
use crate::plan::{self, Planned};
use crate::site::{CONVERTERS, Choices, Site};
use crate::verdict::{self, Verdict};
use crate::{quiet, report};

/// How a run is done.
#[derive(Debug, Clone, Args)]
pub(crate) struct Arguments {
    /// How long faults happen
    #[arg(long, default_value = "3")]
    pub(crate) minutes: f64,

    /// The first seed; the same seed gives the same plan of faults
    #[arg(long, default_value = "1")]
    pub(crate) seed: u64,

    /// How many seeds, one run after the other
    #[arg(long, default_value = "1")]
    pub(crate) seeds: u64,

    /// What people do in a second, all together; six of ten actions are uploads
    #[arg(long, default_value = "7")]
    pub(crate) actions: f64,

    /// Mean time between two faults
    #[arg(long, default_value = "2s", value_parser = parse_duration)]
    pub(crate) pace: Duration,

    /// LEASE of the converters
    #[arg(long, default_value = "6s", value_parser = parse_duration)]
    pub(crate) lease: Duration,

    /// The program; by default the one beside this one
    #[arg(long)]
    pub(crate) program: Option<PathBuf>,

    /// Folder for the reports and journals
    #[arg(long, default_value = "target/faults")]
    pub(crate) report: PathBuf,
}

impl Arguments {
    /// The program under test.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        program(self.program.as_deref())
    }
}

/// The program asked for, or the one beside this one.
pub(crate) fn program(asked: Option<&Path>) -> Result<PathBuf> {
    let path = match asked {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()?.with_file_name("soundmill"),
    };
    let missing = |error| format!("{}: {error}; build it first", path.display());
    Ok(std::fs::canonicalize(&path).map_err(missing)?)
}

/// Prints the plan of each seed.
pub(crate) fn print_plan(arguments: &Arguments) -> ExitCode {
    let length = Duration::from_secs_f64(arguments.minutes * 60.0);
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        for planned in plan::plan(seed, length, arguments.pace) {
            println!("{seed} {:>8.2} s {:?}", planned.at.as_secs_f64(), planned.fault);
        }
    }
    ExitCode::SUCCESS
}

/// Runs every seed; whether the service kept all of its promises.
pub(crate) async fn run(arguments: &Arguments) -> Result<bool> {
    let mut kept = true;
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        let length = Duration::from_secs_f64(arguments.minutes * 60.0);
        let plan = plan::plan(seed, length, arguments.pace);
        let verdict = one(arguments, &format!("seed-{seed}"), (seed, plan, length), &[]).await?;
        kept &= verdict.is_kept();
    }
    Ok(kept)
}

/// Runs one plan and reports on it.
pub(crate) async fn one(
    arguments: &Arguments,
    name: &str,
    (seed, plan, length): (u64, Vec<Planned>, Duration),
    variables: &[(&'static str, String)],
) -> Result<Verdict> {
    std::fs::create_dir_all(&arguments.report)?;
    let path = arguments.report.join(format!("{name}.jsonl"));
    let _ = std::fs::remove_file(&path);
    let journal = Journal::create(&path)?;
    let folder = tempfile::Builder::new().prefix("soundmill-faults-").tempdir()?;
    eprintln!("{name}: {} faults in {length:?}, in {}", plan.len(), folder.path().display());
    let choices = Choices {
        program: arguments.program()?,
        lease: arguments.lease,
        converters: CONVERTERS,
        variables: variables.to_vec(),
    };
    let verdict = drive(folder.path(), &choices, journal, (seed, plan, length), arguments).await;
    if verdict.as_ref().map_or(true, |verdict| !verdict.is_kept()) {
        eprintln!("the logs of this run are kept in {}", folder.keep().display());
    }
    let verdict = verdict?;
    report::write(&arguments.report, name, arguments, &verdict)?;
    Ok(verdict)
}

async fn drive(
    folder: &Path,
    choices: &Choices,
    journal: Journal,
    (seed, plan, length): (u64, Vec<Planned>, Duration),
    arguments: &Arguments,
) -> Result<Verdict> {
    let inputs = Arc::new(Inputs::make()?);
    let site = Arc::new(Site::start(folder, choices, journal).await?);
    let load = Load::new(Arc::clone(&inputs), arguments.actions);
    let mut people = load::run(&site, &load, seed).await?;
    let injector = Injector::new(&site, &inputs).await?;
    injector.run(plan, length).await;
    site.heal();
    load.stop.cancel();
    while people.join_next().await.is_some() {}
    eprintln!("faults are over; waiting for rest");
    quiet::settle(&site).await?;
    verdict::reach(&site, &inputs).await
}
