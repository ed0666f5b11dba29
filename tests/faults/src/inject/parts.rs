//! What a fault needs for itself.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::plan::{Fault, Place};
use crate::site::CONVERTERS;

const API: usize = 0;
const CONVERTER: usize = 1;
const BROKER: usize = CONVERTER + CONVERTERS;
const POSTGRES: usize = BROKER + 1;
const BUCKET: usize = POSTGRES + 1;
const MAIL: usize = BUCKET + 1;

/// One lock a part.
#[derive(Debug)]
pub(super) struct Parts(Vec<Arc<Mutex<()>>>);

impl Parts {
    pub(super) fn new() -> Self {
        Self((0..=MAIL).map(|_| Arc::default()).collect())
    }

    /// Waits for the parts that the fault needs; always in the same order, so that nobody waits
    /// in a circle.
    pub(super) async fn take(&self, fault: Fault) -> Vec<OwnedMutexGuard<()>> {
        let mut taken = Vec::new();
        for part in needed(fault) {
            taken.push(Arc::clone(&self.0[part]).lock_owned().await);
        }
        taken
    }
}

fn needed(fault: Fault) -> Vec<usize> {
    let converters = CONVERTER..CONVERTER + CONVERTERS;
    match fault {
        // What a client sees then must come of this fault alone.
        Fault::Stop(Place::Api(_)) | Fault::Broker(_) => vec![API, BROKER, POSTGRES, BUCKET],
        Fault::Kill(place)
        | Fault::Freeze(place, _)
        | Fault::Link(place, ..)
        | Fault::Stop(place) => {
            vec![part(place)]
        }
        Fault::Postgres(..) | Fault::DieHolding => (API..=BUCKET).collect(),
        Fault::BucketErrors(..) | Fault::BucketSpoils(..) | Fault::BucketCuts(..) => vec![BUCKET],
        Fault::FullDisk(converter, _) => vec![CONVERTER + converter],
        Fault::Duplicates(_) | Fault::Garbage(_) => vec![BROKER],
        Fault::Skew(..) => vec![],
        Fault::MailRefused(..) => vec![MAIL],
        Fault::Duel | Fault::StopBusy => converters.chain([BROKER, POSTGRES, BUCKET]).collect(),
        // It costs leases, which an outage of the database must not.
        Fault::Poison => vec![POSTGRES],
    }
}

fn part(place: Place) -> usize {
    match place {
        Place::Api(_) => API,
        Place::Converter(number) => CONVERTER + number,
    }
}
