//! What conversions take, by pair of formats: counted here, and told by the heartbeat.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use platform::db::PairCost;
use platform::task::{Format, Task};

use super::conversion::Converted;

type Pair = (String, &'static str);

/// What the conversions of this process took.
#[derive(Debug, Default)]
pub(super) struct Costs {
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    since_start: BTreeMap<Pair, PairCost>,
    /// What the database has not been told.
    untold: BTreeMap<Pair, PairCost>,
}

impl Costs {
    /// Counts a conversion that ended well and held its slot for `slot`.
    pub(super) fn add(&self, task: &Task, converted: &Converted, slot: Duration) {
        let outcome = &converted.outcome;
        let cost = PairCost {
            source: outcome.source_format.clone(),
            target: task.new_format.name().to_owned(),
            conversions: 1,
            cpu_seconds: converted.cpu.as_secs_f64(),
            slot_seconds: slot.as_secs_f64(),
            audio_seconds: outcome.duration_seconds,
            source_bytes: bytes(task.source_size),
        };
        let pair = (cost.source.clone(), task.new_format.name());
        let mut sums = self.lock();
        add(&mut sums.since_start, pair.clone(), &cost);
        add(&mut sums.untold, pair, &cost);
    }

    /// What they took since the process started.
    pub(super) fn since_start(&self) -> Vec<PairCost> {
        self.lock().since_start.values().cloned().collect()
    }

    /// Takes what the database has not been told.
    pub(super) fn take_untold(&self) -> Vec<PairCost> {
        std::mem::take(&mut self.lock().untold).into_values().collect()
    }

    /// Keeps what it could not be told for the next time.
    pub(super) fn give_back(&self, costs: &[PairCost]) {
        let mut sums = self.lock();
        for cost in costs {
            // A name that we gave ourselves.
            let Ok(target) = cost.target.parse::<Format>() else { continue };
            add(&mut sums.untold, (cost.source.clone(), target.name()), cost);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(sums: &mut BTreeMap<Pair, PairCost>, pair: Pair, cost: &PairCost) {
    let sum = sums.entry(pair).or_insert_with(|| PairCost {
        source: cost.source.clone(),
        target: cost.target.clone(),
        ..PairCost::default()
    });
    sum.conversions += cost.conversions;
    sum.cpu_seconds += cost.cpu_seconds;
    sum.slot_seconds += cost.slot_seconds;
    sum.audio_seconds += cost.audio_seconds;
    sum.source_bytes += cost.source_bytes;
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
fn bytes(size: i64) -> f64 {
    size as f64
}
