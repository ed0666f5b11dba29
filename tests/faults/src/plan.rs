//! Which fault happens when: the same seed gives the same plan.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::site::{APIS, CONVERTERS, Server};

/// A process of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    Api(usize),
    Converter(usize),
}

/// How a link fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Break {
    Cut,
    Silence,
    Delay,
}

/// How `PostgreSQL` is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// SIGKILL.
    Crash,
    /// SIGQUIT: at once, recovering at the next start.
    Immediate,
    /// SIGINT: connections are closed in order.
    Fast,
}

/// Something that goes wrong. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// SIGKILL.
    Kill(Place),
    /// SIGTERM.
    Stop(Place),
    /// SIGSTOP, and SIGCONT that much after the lease is over.
    Freeze(Place, u64),
    /// One process's way to one server.
    Link(Place, Server, Break, u64),
    /// SIGKILL to the broker, and its start that much later.
    Broker(u64),
    /// The same for the database.
    Postgres(Ending, u64),
    /// Of a hundred requests to the bucket, so many are answered with 503.
    BucketErrors(u8, u64),
    /// Of a hundred reads, so many are spoiled.
    BucketSpoils(u8, u64),
    /// Of a hundred reads, so many are cut short.
    BucketCuts(u8, u64),
    /// No room in a converter's scratch folder.
    FullDisk(usize, u64),
    /// So many messages again: of now, of earlier generations, of tasks that never were.
    Duplicates(usize),
    /// So many messages that say nothing.
    Garbage(usize),
    /// A process's clock is wrong by so many seconds.
    Skew(Place, i64, u64),
    /// Of a hundred mails, so many are put off.
    MailRefused(u8, u64),
    /// A worker is frozen past its lease in the middle of a conversion, and wakes while another
    /// works on the same task.
    Duel,
    /// All workers die with messages in their hands that they have not claimed.
    DieHolding,
    /// A converter that is in the middle of a long conversion is asked to stop.
    StopBusy,
    /// A file takes down whichever worker claims it.
    Poison,
}

impl Fault {
    /// Its name in reports.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Kill(Place::Api(_)) => "SIGKILL to an API process",
            Self::Kill(Place::Converter(_)) => "SIGKILL to a converter",
            Self::Stop(Place::Api(_)) => "SIGTERM to an API process",
            Self::Stop(Place::Converter(_)) => "SIGTERM to a converter",
            Self::Freeze(Place::Api(_), _) => "API process frozen",
            Self::Freeze(Place::Converter(_), _) => "converter frozen past its lease",
            Self::Link(_, _, Break::Cut, _) => "link cut",
            Self::Link(_, _, Break::Silence, _) => "link silent",
            Self::Link(_, _, Break::Delay, _) => "link slow",
            Self::Broker(_) => "RabbitMQ killed and started again",
            Self::Postgres(..) => "PostgreSQL ended and started again",
            Self::BucketErrors(..) => "bucket answers 503",
            Self::BucketSpoils(..) => "bucket spoils what is read",
            Self::BucketCuts(..) => "bucket cuts short what is read",
            Self::FullDisk(..) => "scratch disk full",
            Self::Duplicates(_) => "messages again",
            Self::Garbage(_) => "messages of garbage",
            Self::Skew(..) => "clock wrong by up to 5 min",
            Self::MailRefused(..) => "mails put off",
            Self::Duel => "frozen worker wakes while another has its task",
            Self::DieHolding => "all workers die with messages in hand",
            Self::StopBusy => "SIGTERM in a long conversion",
            Self::Poison => "file that takes its workers down",
        }
    }
}

/// A fault and its time from the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    pub(crate) at: Duration,
    pub(crate) fault: Fault,
}

/// Kinds of faults, with how often each is drawn.
const KINDS: [(Kind, u32); 18] = [
    (|rng| Fault::Kill(converter(rng)), 16),
    (|rng| Fault::Kill(api(rng)), 6),
    (|rng| Fault::Stop(converter(rng)), 6),
    (|rng| Fault::Stop(api(rng)), 4),
    (|rng| Fault::Freeze(converter(rng), rng.random_range(500..4000)), 5),
    (|rng| Fault::Freeze(api(rng), rng.random_range(500..3000)), 3),
    (link, 22),
    (|rng| Fault::Broker(rng.random_range(0..5000)), 2),
    (|rng| Fault::Postgres(*pick(rng, &ENDINGS), rng.random_range(0..4000)), 2),
    (|rng| Fault::BucketErrors(rng.random_range(10..60), rng.random_range(1000..6000)), 4),
    (|rng| Fault::BucketSpoils(rng.random_range(10..50), rng.random_range(1000..5000)), 3),
    (|rng| Fault::BucketCuts(rng.random_range(10..50), rng.random_range(1000..5000)), 3),
    (|rng| Fault::FullDisk(rng.random_range(0..CONVERTERS), rng.random_range(1000..6000)), 4),
    (|rng| Fault::Duplicates(rng.random_range(1..40)), 10),
    (|rng| Fault::Garbage(rng.random_range(1..20)), 6),
    (skew, 6),
    (|rng| Fault::MailRefused(rng.random_range(20..100), rng.random_range(1000..6000)), 3),
    (|_| Fault::Duel, 1),
];

/// Faults that take long or stop much: each once, and then now and then.
const RARE: [Fault; 3] = [Fault::DieHolding, Fault::StopBusy, Fault::Poison];

/// One rare fault to so many others.
const RARITY: u32 = 60;

const ENDINGS: [Ending; 3] = [Ending::Crash, Ending::Immediate, Ending::Fast];

type Kind = fn(&mut StdRng) -> Fault;

/// The plan of a run: each kind of fault once in an order of its own, then as drawn.
pub(crate) fn plan(seed: u64, length: Duration, pace: Duration) -> Vec<Planned> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut first: Vec<Fault> = KINDS.iter().map(|(kind, _)| kind(&mut rng)).collect();
    first.extend(RARE);
    first.shuffle(&mut rng);
    let mut first = first.into_iter();
    let mut planned = Vec::new();
    let mut at = Duration::ZERO;
    while at < length {
        let fault = first.next().unwrap_or_else(|| draw(&mut rng));
        planned.push(Planned { at, fault });
        at += pace.mul_f64(rng.random_range(0.2..1.8));
    }
    planned
}

fn draw(rng: &mut StdRng) -> Fault {
    if rng.random_ratio(1, RARITY) {
        return *pick(rng, &RARE);
    }
    let total: u32 = KINDS.iter().map(|(_, weight)| weight).sum();
    let mut ticket = rng.random_range(0..total);
    for (kind, weight) in KINDS {
        if ticket < weight {
            return kind(rng);
        }
        ticket -= weight;
    }
    Fault::Duel
}

fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> &'a T {
    from.choose(rng).unwrap_or(&from[0])
}

fn api(rng: &mut StdRng) -> Place {
    Place::Api(rng.random_range(0..APIS))
}

fn converter(rng: &mut StdRng) -> Place {
    Place::Converter(rng.random_range(0..CONVERTERS))
}

fn place(rng: &mut StdRng) -> Place {
    if rng.random_ratio(1, 3) { api(rng) } else { converter(rng) }
}

fn link(rng: &mut StdRng) -> Fault {
    let place = place(rng);
    let servers = [Server::Postgres, Server::Broker, Server::Bucket, Server::Mail];
    // An API has no business with the mail server.
    let servers = if matches!(place, Place::Api(_)) { &servers[..3] } else { &servers[..] };
    let server = *pick(rng, servers);
    let kind = *pick(rng, &[Break::Cut, Break::Silence, Break::Delay]);
    Fault::Link(place, server, kind, rng.random_range(200..6000))
}

fn skew(rng: &mut StdRng) -> Fault {
    let seconds = rng.random_range(-300..=300);
    Fault::Skew(place(rng), seconds, rng.random_range(2000..20_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
        let faults = |seed| {
            let plan = plan(seed, Duration::from_mins(10), Duration::from_secs(2));
            plan.iter().map(|planned| planned.fault).collect::<Vec<_>>()
        };
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
    }

    #[test]
    fn three_minutes_have_room_for_every_kind() {
        let plan = plan(1, Duration::from_mins(3), Duration::from_secs(3));
        let planned = |rare: &Fault| plan.iter().any(|planned| planned.fault == *rare);
        assert!(plan.len() > KINDS.len() + RARE.len(), "{}", plan.len());
        assert!(RARE.iter().all(planned));
    }
}
