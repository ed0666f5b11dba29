//! Identifiers made in Rust, since the two database engines number rows differently.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::{self, Time};

/// 2024-01-01T00:00:00Z in milliseconds since the Unix epoch.
const EPOCH_MS: i64 = 1_704_067_200_000;
/// Bits below the millisecond; 41 + 12 bits stay below 2^53, which JSON numbers carry exactly.
const SEQUENCE_BITS: u32 = 12;

static LAST: AtomicI64 = AtomicI64::new(0);

/// A new identifier: below 2^53, ordered by time, never given twice by one process. Two processes
/// can collide in the same millisecond with a chance of 1 in 4096; the primary key then refuses
/// the second insert and the caller tries again with a new one.
#[must_use]
pub fn new() -> i64 {
    let millis = clock::now().timestamp_millis() - EPOCH_MS;
    let fresh = (millis << SEQUENCE_BITS) | i64::from(rand::random::<u16>() >> 4);
    let following = |last: i64| Some(fresh.max(last + 1));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, following) {
        Ok(last) | Err(last) => fresh.max(last + 1),
    }
}

/// When an identifier was made, to the millisecond, or a little before.
#[must_use]
pub fn made_at(id: i64) -> Time {
    let millis = (id >> SEQUENCE_BITS).saturating_add(EPOCH_MS);
    Time::from_timestamp_millis(millis).unwrap_or(Time::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        let before = clock::now();
        let age = made_at(new()) - before;
        assert!(age.num_milliseconds().abs() < 60_000, "{age}");
    }

    #[test]
    fn ids_rise_and_fit_a_json_number() {
        let ids: Vec<i64> = (0..10_000).map(|_| new()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| (1..1 << 53).contains(id)));
    }
}
