//! What the person sees: a bar for each running file on a terminal, a line for each file that
//! ended, or JSON for programs.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use codec::Receipt;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;

use super::one::Error;
use super::plan::Job;

/// Steps of a bar: finer than a terminal shows.
pub(super) const STEPS: u64 = 1000;

/// Time between two frames of a bar.
const FRAME: Duration = Duration::from_millis(100);

/// What became of a file.
pub(super) enum Ending {
    Converted(Box<Receipt>),
    /// A file of the folder that is no audio.
    Skipped,
    Failed(Error),
}

/// The account of one file for programs.
#[derive(Serialize)]
struct Line<'a> {
    input: &'a Path,
    output: &'a Path,
    /// `converted`, `skipped` or `failed`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a Receipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

#[derive(Serialize)]
struct Fault {
    code: &'static str,
    message: String,
}

/// Shows what happens.
pub(super) struct Reporter {
    bars: MultiProgress,
    json: bool,
}

impl Reporter {
    pub(super) fn new(json: bool) -> Self {
        let bars = MultiProgress::new();
        if json && std::io::stdout().is_terminal() {
            // Both would be written over each other.
            bars.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        Self { bars, json }
    }

    /// A bar of [`STEPS`] for a file that begins.
    pub(super) fn begin(&self, job: &Job) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new(STEPS));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta:>4}  {msg}")
        {
            bar.set_style(style);
        }
        bar.set_message(job.source.display().to_string());
        bar.enable_steady_tick(FRAME);
        bar
    }

    /// Takes the bar away and says what became of the file.
    pub(super) fn end(&self, job: &Job, bar: &ProgressBar, ending: &Ending) {
        bar.finish_and_clear();
        self.bars.remove(bar);
        if self.json {
            return self.bars.suspend(|| print_json(job, ending));
        }
        let (source, result) = (job.source.display(), job.result.display());
        let text = match ending {
            Ending::Converted(receipt) => format!("{source} -> {result}  {}", summary(receipt)),
            Ending::Skipped => format!("{source}: not audio, left out"),
            Ending::Failed(error) => format!("{source}: {error} [{}]", error.code()),
        };
        self.bars.suspend(|| eprintln!("{text}"));
    }
}

fn summary(receipt: &Receipt) -> String {
    let (source, result) = (&receipt.source, &receipt.result);
    let rate =
        result.bitrate.map_or(String::new(), |rate| format!(", {} kbit/s", (rate + 500) / 1000));
    format!(
        "{} -> {}, {:.3} s, {} Hz, {} ch{rate}",
        source.codec, result.codec, receipt.duration_seconds, result.sample_rate, result.channels,
    )
}

fn print_json(job: &Job, ending: &Ending) {
    let (status, receipt, error) = match ending {
        Ending::Converted(receipt) => ("converted", Some(&**receipt), None),
        Ending::Skipped => ("skipped", None, None),
        Ending::Failed(error) => {
            ("failed", None, Some(Fault { code: error.code(), message: error.to_string() }))
        }
    };
    let line = Line { input: &job.source, output: &job.result, status, receipt, error };
    let mut out = std::io::stdout().lock();
    let written = serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from);
    // Whoever stopped reading wants no more of it.
    let _ = written.and_then(|()| out.write_all(b"\n"));
}
