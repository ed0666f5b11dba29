//! Shows that the harness can fail: switches off one rule of the service at a time, brings about
//! the fault that the rule is there for, and expects the verdict to say so.

use std::time::Duration;

use clap::Args;

use crate::Result;
use crate::plan::{Ending, Fault, Place, Planned};
use crate::run::{self, Arguments};

/// How it is done; the program must be built with the feature `sabotage`.
#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// Only this rule
    #[arg(long)]
    only: Option<String>,

    #[command(flatten)]
    arguments: Arguments,
}

/// Rules as the service's feature `sabotage` names them; the first of none switches nothing off.
const RULES: [(&str, &[Fault]); 5] = [
    ("none", &[Fault::Duel, KILL, Fault::Broker(1000), Fault::DieHolding, RESTART]),
    ("fencing", &[Fault::Duel, Fault::Duel, Fault::Duel]),
    ("lapse", &[KILL, KILL, KILL]),
    ("outbox", &[Fault::Broker(3000)]),
    ("early-ack", &[Fault::DieHolding, Fault::DieHolding]),
];

const KILL: Fault = Fault::Kill(Place::Converter(0));
const RESTART: Fault = Fault::Postgres(Ending::Crash, 500);

/// Runs each rule; whether each was found out and nothing else was.
pub(crate) async fn run(proof: &Proof) -> Result<bool> {
    let mut proven = true;
    let mut lines = Vec::new();
    for (rule, faults) in RULES {
        if proof.only.as_deref().is_some_and(|only| only != rule) {
            continue;
        }
        let length = Duration::from_secs(20);
        let plan = faults.iter().enumerate().map(|(number, fault)| Planned {
            at: Duration::from_secs(2 + 3 * number as u64),
            fault: *fault,
        });
        let plan = (1, plan.collect(), length);
        let variables = [("SABOTAGE", rule.to_owned())];
        let name = format!("without-{rule}");
        let verdict = run::one(&proof.arguments, &name, plan, &variables).await?;
        let expected = (rule == "none") == verdict.is_kept();
        proven &= expected;
        let found = verdict.violations.first().map_or("nothing", String::as_str);
        lines.push(format!(
            "| {rule} | {} | {found} |",
            if expected { "as expected" } else { "NOT FOUND OUT" }
        ));
    }
    println!("\n| switched off | outcome | first violation |\n|---|---|---|\n{}", lines.join("\n"));
    Ok(proven)
}
