//! Each end of a task made one mail, and nothing is said of what is no longer so.

use std::collections::HashMap;

use super::Row;
use super::ledger::{Deletion, Ledger};
use crate::journal::{Entry, Millis};

/// A mail may be on its way while its task changes: this long, for a sender that was frozen.
const ON_ITS_WAY: Millis = 60_000;

/// What is wrong with the mails, and how many came twice.
pub(super) fn check(entries: &[Entry], ledger: &Ledger, rows: &[Row]) -> (Vec<String>, usize) {
    let mut received: HashMap<(i64, i64), Vec<Millis>> = HashMap::new();
    let mut violations = Vec::new();
    for entry in entries {
        let Entry::Mail { id, at } = entry else { continue };
        match task_of(id) {
            Some(about) => received.entry(about).or_default().push(*at),
            None => violations.push(format!("a mail has the Message-ID {id:?}")),
        }
    }
    for row in rows {
        if !received.contains_key(&(row.id, row.generation)) {
            violations.push(format!("task {} ended and no mail says so", row.id));
        }
    }
    for ((task, generation), times) in &received {
        let late = times.iter().max().copied().unwrap_or_default();
        if void_since(ledger, *task, *generation).is_some_and(|since| late > since + ON_ITS_WAY) {
            violations.push(format!("a mail about task {task} came after it had changed"));
        }
    }
    let duplicates = received.values().map(|times| times.len() - 1).sum();
    (violations, duplicates)
}

/// `<task-TASK-GENERATION@HOST>`.
fn task_of(id: &str) -> Option<(i64, i64)> {
    let (name, _) = id.trim_start_matches('<').split_once('@')?;
    let (task, generation) = name.strip_prefix("task-")?.split_once('-')?;
    Some((task.parse().ok()?, generation.parse().ok()?))
}

/// When an acknowledged change or deletion made mails about this generation void.
fn void_since(ledger: &Ledger, task: i64, generation: i64) -> Option<Millis> {
    let owed = ledger.tasks.get(&task)?;
    let next = usize::try_from(generation).ok()?.checked_sub(1)?;
    // With a change whose answer is unknown, generations can't be told apart.
    let changed = owed.changed.get(next).copied().filter(|_| owed.uncertain == 0);
    match owed.deletion {
        Deletion::Yes(at) => Some(changed.map_or(at, |changed| changed.min(at))),
        _ => changed,
    }
}
