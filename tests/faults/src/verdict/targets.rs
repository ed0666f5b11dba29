//! The figures that docs/RELIABILITY.md promises, as this run measured them.

use std::time::Duration;

use crate::journal::{Entry, Figure, Millis};
use crate::plan::{Fault, Place};
use crate::site::{CONVERTERS, Server};

/// A promised figure.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// What is promised, in words.
    pub(crate) promised: String,
    /// What was measured, in words.
    pub(crate) measured: String,
    /// Whether it is kept; `None` when it was not put to the test.
    pub(crate) kept: Option<bool>,
}

/// Samples of one figure in ascending order.
struct Samples(Vec<f64>);

impl Samples {
    fn of(entries: &[Entry], wanted: Figure) -> Self {
        let mut values: Vec<f64> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Measured { figure, value, .. } if *figure == wanted => Some(*value),
                _ => None,
            })
            .collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    fn quantile(&self, part: usize) -> f64 {
        let index = (self.0.len() * part).div_ceil(100).saturating_sub(1);
        self.0.get(index).copied().unwrap_or_default()
    }

    fn words(&self) -> String {
        let (p50, p99, most) = (self.quantile(50), self.quantile(99), self.quantile(100));
        format!("{p50:.1} s, p99 {p99:.1} s, most {most:.1} s, of {}", self.0.len())
    }

    fn target(&self, name: &'static str, promised: String, part: usize, limit: f64) -> Target {
        let kept = (!self.0.is_empty()).then(|| self.quantile(part) <= limit);
        Target { name, promised, measured: self.words(), kept }
    }
}

/// All figures. Those that other faults at the same time may spoil are taken from times when there
/// were none of that kind.
pub(crate) fn measure(entries: &[Entry], lease: Duration, duplicates: usize) -> Vec<Target> {
    let lease_seconds = lease.as_secs_f64();
    let calm = |figure| Samples::of(&calm(entries, figure, lease), figure);
    vec![
        calm(Figure::KilledToClaimed).target(
            "worker killed to its task claimed again, another sweeper being well",
            format!("p99 ≤ lease + 2 s = {:.0} s", lease_seconds + 2.0),
            99,
            lease_seconds + 2.0,
        ),
        Samples::of(entries, Figure::KilledToClaimed).target(
            "the same, whatever else was broken",
            "measured".into(),
            99,
            f64::INFINITY,
        ),
        failures(entries, "failed requests while the broker is away", |fault| {
            matches!(fault, Fault::Broker(_))
        }),
        Samples::of(entries, Figure::BrokerToPublished).target(
            "broker's return to all published",
            "≤ 30 s".into(),
            100,
            30.0,
        ),
        database_errors(entries),
        lapsed(entries),
        failures(entries, "failed requests when an API process is asked to stop", |fault| {
            matches!(fault, Fault::Stop(Place::Api(_)))
        }),
        Samples::of(entries, Figure::StoppedToClaimed).target(
            "stopped converter's exit to its task claimed elsewhere",
            "≤ 3 s".into(),
            100,
            3.0,
        ),
        Samples::of(entries, Figure::PoisonToFailed).target(
            "first claim of a file that takes workers down to its failure",
            "≤ 120 s".into(),
            100,
            120.0,
        ),
        duplicate_mails(entries, duplicates),
    ]
}

/// The samples during which one sweeper at least, and all that it needs, was there.
fn calm(entries: &[Entry], wanted: Figure, lease: Duration) -> Vec<Entry> {
    let margin = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
    let all: Vec<_> = faults(entries).collect();
    let calm = entries.iter().filter(|entry| match entry {
        Entry::Measured { figure, start, end, .. } if *figure == wanted => {
            // It must have been in contact for a lease before it lets one lapse.
            let from = start.saturating_sub(margin);
            let during = || all.iter().filter(|(_, begin, over)| *over >= from && begin <= end);
            let of = |converter| during().any(|(fault, ..)| stops(*fault, Some(converter)));
            !during().any(|(fault, ..)| stops(*fault, None)) && !(0..CONVERTERS).all(of)
        }
        _ => false,
    });
    calm.cloned().collect()
}

/// Whether a fault keeps this converter, or with `None` any number of them, from sweeping.
fn stops(fault: Fault, converter: Option<usize>) -> bool {
    match (fault, converter) {
        (
            Fault::Kill(place)
            | Fault::Stop(place)
            | Fault::Freeze(place, _)
            | Fault::Link(place, Server::Postgres | Server::Broker | Server::Bucket, ..),
            Some(converter),
        ) => place == Place::Converter(converter),
        (
            Fault::Broker(_)
            | Fault::Postgres(..)
            | Fault::Duel
            | Fault::DieHolding
            | Fault::StopBusy
            | Fault::Poison,
            None,
        ) => true,
        _ => false,
    }
}

fn faults(entries: &[Entry]) -> impl Iterator<Item = (Fault, Millis, Millis)> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Fault { fault, start, end, .. } => Some((*fault, *start, *end)),
        _ => None,
    })
}

/// Requests that overlapped such a fault and no other that clients can notice.
fn failures(entries: &[Entry], name: &'static str, wanted: fn(&Fault) -> bool) -> Target {
    let all: Vec<_> = faults(entries).collect();
    let noticed = |fault: &Fault| {
        !wanted(fault)
            && matches!(
                fault,
                Fault::Kill(Place::Api(_))
                    | Fault::Stop(Place::Api(_))
                    | Fault::Freeze(Place::Api(_), _)
                    | Fault::Link(Place::Api(_), ..)
                    | Fault::BucketErrors(..)
                    | Fault::BucketSpoils(..)
                    | Fault::BucketCuts(..)
                    | Fault::Postgres(..)
                    | Fault::DieHolding
            )
    };
    let (mut asked, mut failed) = (0, 0);
    for entry in entries {
        let Entry::Request { start, end, status, .. } = entry else { continue };
        let during = |fits: &dyn Fn(&Fault) -> bool| {
            all.iter().any(|(fault, begin, over)| fits(fault) && begin <= end && over >= start)
        };
        if during(&wanted) && !during(&noticed) {
            asked += 1;
            failed += usize::from(status.is_none_or(|status| status >= 500));
        }
    }
    let kept = (asked > 0).then_some(failed == 0);
    Target { name, promised: "0".into(), measured: format!("{failed} of {asked}"), kept }
}

/// How long after `PostgreSQL`'s return requests still failed.
fn database_errors(entries: &[Entry]) -> Target {
    let returns = entries.iter().filter_map(|entry| match entry {
        Entry::Measured { figure: Figure::PostgresAway, start, end, .. } => Some((*start, *end)),
        _ => None,
    });
    let after = returns.map(|(gone, back)| {
        let until = faults(entries)
            .find(|(fault, start, end)| {
                matches!(fault, Fault::Postgres(..)) && *start <= gone && *end >= back
            })
            .map_or(back, |(.., end)| end);
        let failed = entries.iter().filter_map(|entry| match entry {
            Entry::Request { start, end, status, .. }
                if *start >= gone && *end <= until && status.is_none_or(|it| it >= 500) =>
            {
                Some(*end)
            }
            _ => None,
        });
        #[expect(clippy::cast_precision_loss, reason = "a run has far fewer milliseconds")]
        let seconds = failed.max().unwrap_or(back).saturating_sub(back) as f64 / 1000.0;
        seconds
    });
    let mut samples = Samples(after.collect());
    samples.0.sort_by(f64::total_cmp);
    let name = "PostgreSQL's return to the last failed request";
    samples.target(name, "≤ 2 s".into(), 100, 2.0)
}

fn lapsed(entries: &[Entry]) -> Target {
    let samples = Samples::of(entries, Figure::PostgresLapsed);
    let sum: f64 = samples.0.iter().sum();
    Target {
        name: "leases that lapsed by a restart of PostgreSQL",
        promised: "0".into(),
        measured: format!("{sum:.0} in {} restarts", samples.0.len()),
        kept: (!samples.0.is_empty()).then_some(sum == 0.0),
    }
}

fn duplicate_mails(entries: &[Entry], duplicates: usize) -> Target {
    let kills = faults(entries)
        .filter(|(fault, ..)| {
            matches!(fault, Fault::Kill(_) | Fault::Poison | Fault::DieHolding | Fault::Freeze(..))
        })
        .count();
    let sent = entries.iter().filter(|entry| matches!(entry, Entry::Mail { .. })).count();
    Target {
        name: "mails that came twice, with the same Message-ID",
        promised: "≤ 1 per 1,000 kills".into(),
        measured: format!("{duplicates} of {sent} in {kills} kills"),
        kept: Some(duplicates <= 1 + kills / 1000),
    }
}
