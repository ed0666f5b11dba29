//! The role `check`: tries every seam and says what it found.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use platform::check::{self, Finding};
use platform::config::Config;
use serde_json::json;

/// How the seams are tried and what is found is said.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct Options {
    /// Send a mail to this address too
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,

    /// Say what was found as JSON
    #[arg(long)]
    json: bool,
}

/// Tries everything; success only if all of it works.
pub(crate) async fn run(config: &Config, options: &Options) -> std::io::Result<ExitCode> {
    let findings = check::run(config, options.mail_to.as_deref()).await;
    let text = if options.json { as_json(&findings) } else { as_text(&findings) };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    let works = findings.iter().all(|finding| finding.outcome.is_ok());
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (word, sentence) = match &finding.outcome {
            Ok(sentence) => ("ok  ", sentence),
            Err(fault) => ("FAIL", &fault.what),
        };
        let milliseconds = finding.latency.as_secs_f64() * 1000.0;
        let head = format!("{word}  {:<8}  {milliseconds:>8.1} ms  ", finding.part);
        text.push_str(&format!("{head}{}: {sentence}\n", finding.variable));
        if let Err(fault) = &finding.outcome {
            text.push_str(&format!("{:width$}{}\n", "", fault.remedy, width = head.len()));
        }
    }
    let failed = findings.iter().filter(|finding| finding.outcome.is_err()).count();
    text.push_str(&match failed {
        0 => "Everything works.\n".to_owned(),
        1 => "One part does not work.\n".to_owned(),
        failed => format!("{failed} parts do not work.\n"),
    });
    text
}

fn as_json(findings: &[Finding]) -> String {
    let checks = findings.iter().map(|finding| {
        let (message, remedy) = match &finding.outcome {
            Ok(sentence) => (sentence, None),
            Err(fault) => (&fault.what, Some(&fault.remedy)),
        };
        json!({
            "part": finding.part,
            "variable": finding.variable,
            "ok": finding.outcome.is_ok(),
            "latency_ms": finding.latency.as_secs_f64() * 1000.0,
            "message": message,
            "remedy": remedy,
        })
    });
    let ok = findings.iter().all(|finding| finding.outcome.is_ok());
    format!("{:#}\n", json!({ "ok": ok, "checks": checks.collect::<Vec<_>>() }))
}
