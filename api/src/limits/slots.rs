//! So many at a time, for each user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts what each user has running.
pub(super) struct Slots {
    most: usize,
    /// Only users who have something running.
    taken: Mutex<HashMap<i64, usize>>,
}

/// One thing running; it ends when this is dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    user: i64,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Mutex::default() }
    }

    pub(super) fn take(self: Arc<Self>, user: i64) -> Option<Slot> {
        {
            let mut taken = self.taken();
            let count = taken.entry(user).or_default();
            if *count >= self.most {
                if *count == 0 {
                    taken.remove(&user);
                }
                return None;
            }
            *count += 1;
        }
        Some(Slot { slots: self, user })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<i64, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_once_dropped_and_nothing_is_kept() {
        let slots = Arc::new(Slots::new(1));
        let first = Arc::clone(&slots).take(7).unwrap();
        assert!(Arc::clone(&slots).take(7).is_none());
        let other = Arc::clone(&slots).take(8).unwrap();
        drop(first);
        assert!(Arc::clone(&slots).take(7).is_some());
        drop(other);
        assert!(slots.taken().is_empty());
    }
}
