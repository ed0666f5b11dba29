//! What a run came to, for people (Markdown) and for programs (JSON).

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use crate::Result;
use crate::run::Arguments;
use crate::verdict::Verdict;

/// Violations that are shown; the rest is counted.
const SHOWN: usize = 20;

impl Verdict {
    /// Whether nothing was lost, wrong or late.
    pub(crate) fn is_kept(&self) -> bool {
        self.violations.is_empty()
            && self.skipped.len() * 20 <= self.faults_in_all()
            && self.targets.iter().all(|target| target.kept != Some(false))
    }

    fn faults_in_all(&self) -> usize {
        self.faults.iter().map(|(_, count)| count).sum()
    }
}

/// Writes both forms into `folder`, and the one for people to the terminal.
pub(crate) fn write(
    folder: &Path,
    name: &str,
    arguments: &Arguments,
    verdict: &Verdict,
) -> Result<()> {
    let text = for_people(name, arguments, verdict)?;
    println!("{text}");
    std::fs::write(folder.join(format!("{name}.md")), text)?;
    let targets: Vec<_> = verdict
        .targets
        .iter()
        .map(|target| {
            json!({ "name": target.name, "promised": target.promised,
                "measured": target.measured, "kept": target.kept })
        })
        .collect();
    let report = json!({
        "kept": verdict.is_kept(),
        "minutes": arguments.minutes,
        "lease_seconds": arguments.lease.as_secs_f64(),
        "tasks": verdict.tasks,
        "requests": { "all": verdict.requests.0, "failed": verdict.requests.1 },
        "faults": verdict.faults.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "skipped": verdict.skipped,
        "violations": verdict.violations,
        "targets": targets,
    });
    std::fs::write(folder.join(format!("{name}.json")), serde_json::to_vec_pretty(&report)?)?;
    Ok(())
}

fn for_people(name: &str, arguments: &Arguments, verdict: &Verdict) -> Result<String> {
    let mut text = String::new();
    let outcome = if verdict.is_kept() { "kept its promises" } else { "BROKE ITS PROMISES" };
    writeln!(text, "## {name}: the service {outcome}\n")?;
    writeln!(
        text,
        "{} min of faults, lease {:?}: {} tasks accepted, {} faults brought about, {} not; {} \
         requests, {} of them failed.\n",
        arguments.minutes,
        arguments.lease,
        verdict.tasks,
        verdict.faults_in_all(),
        verdict.skipped.len(),
        verdict.requests.0,
        verdict.requests.1
    )?;
    writeln!(text, "| figure | promised | measured | |\n|---|---|---|---|")?;
    let violations = verdict.violations.len();
    let mark = if violations == 0 { "kept" } else { "BROKEN" };
    writeln!(text, "| lost, wrong, resurrected, orphaned | 0 | {violations} | {mark} |")?;
    for target in &verdict.targets {
        let mark = match target.kept {
            Some(true) => "kept",
            Some(false) => "BROKEN",
            None => "not tested",
        };
        let (name, promised, measured) = (target.name, &target.promised, &target.measured);
        writeln!(text, "| {name} | {promised} | {measured} | {mark} |")?;
    }
    writeln!(text, "\n| fault | times |\n|---|---|")?;
    for (kind, count) in &verdict.faults {
        writeln!(text, "| {kind} | {count} |")?;
    }
    for violation in verdict.violations.iter().take(SHOWN) {
        writeln!(text, "\n- VIOLATION: {violation}")?;
    }
    if violations > SHOWN {
        writeln!(text, "\n- and {} more", violations - SHOWN)?;
    }
    for skipped in &verdict.skipped {
        writeln!(text, "\n- not brought about: {skipped}")?;
    }
    Ok(text)
}
