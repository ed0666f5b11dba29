//! What the journal says that the service owes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::journal::{Entry, Millis};

/// All that is owed.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) tasks: BTreeMap<i64, Owed>,
    pub(crate) violations: Vec<String>,
}

/// What is owed for one task that was accepted.
#[derive(Debug)]
pub(crate) struct Owed {
    pub(crate) user: i64,
    pub(crate) file: Uuid,
    pub(crate) input: String,
    /// The formats that it may have ended in: the last one that was acknowledged, and those whose
    /// change was asked for without an answer, which may come late.
    pub(crate) formats: BTreeSet<String>,
    /// Changes that were acknowledged, with their times.
    pub(crate) changed: Vec<Millis>,
    /// Changes that were asked for without an answer.
    pub(crate) uncertain: i64,
    pub(crate) deletion: Deletion,
}

/// Whether a task was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    No,
    /// It was asked for without an answer.
    Perhaps,
    Yes(Millis),
}

impl Ledger {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut ledger = Self::default();
        // What each key was sent with, and what was asked of each task last.
        let mut sent: HashMap<(i64, &str), (&str, &str)> = HashMap::new();
        let mut made: HashMap<(i64, &str), i64> = HashMap::new();
        let mut asked: HashMap<i64, &str> = HashMap::new();
        for entry in entries {
            match entry {
                Entry::Upload { user, key, input, format } => {
                    sent.insert((*user, key), (input, format));
                }
                Entry::Accepted { user, key, task, file } => {
                    if *made.entry((*user, key)).or_insert(*task) != *task {
                        ledger.violations.push(format!("the key {key} made two tasks"));
                    }
                    if let Some((input, format)) = sent.get(&(*user, key.as_str())) {
                        ledger.tasks.entry(*task).or_insert_with(|| Owed {
                            user: *user,
                            file: *file,
                            input: (*input).to_owned(),
                            formats: BTreeSet::from([(*format).to_owned()]),
                            changed: Vec::new(),
                            uncertain: 0,
                            deletion: Deletion::No,
                        });
                    }
                }
                Entry::Change { task, format } => {
                    asked.insert(*task, format);
                    ledger.on(*task, |owed| {
                        owed.uncertain += 1;
                        owed.formats.insert(format.clone());
                    });
                }
                Entry::Changed { task, at } => {
                    let format = asked.get(task).copied().unwrap_or_default();
                    ledger.on(*task, |owed| {
                        owed.uncertain -= 1;
                        owed.changed.push(*at);
                        owed.formats = BTreeSet::from([format.to_owned()]);
                    });
                }
                Entry::Delete { task } => {
                    ledger.on(*task, |owed| owed.deletion = Deletion::Perhaps)
                }
                Entry::Deleted { task, at } => {
                    ledger.on(*task, |owed| owed.deletion = Deletion::Yes(*at));
                }
                Entry::Violation { what } => ledger.violations.push(what.clone()),
                _ => {}
            }
        }
        ledger
    }

    fn on(&mut self, task: i64, change: impl FnOnce(&mut Owed)) {
        if let Some(owed) = self.tasks.get_mut(&task) {
            change(owed);
        }
    }
}
