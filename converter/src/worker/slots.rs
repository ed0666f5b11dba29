//! How many conversions run at a time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The slots of a worker.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    count: u32,
}

impl Slots {
    /// As many slots, at least one.
    pub(super) fn new(count: usize) -> Self {
        let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(count as usize)), count }
    }

    /// Waits for a free slot.
    pub(super) async fn one(&self) -> OwnedSemaphorePermit {
        self.take(1).await
    }

    /// Gives the slot up and waits until all are free, so that what runs in them runs alone. The
    /// semaphore is fair, so two that wait for all can't block each other.
    pub(super) async fn all(&self, slot: OwnedSemaphorePermit) -> OwnedSemaphorePermit {
        drop(slot);
        self.take(self.count).await
    }

    /// Slots in all.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    #[expect(clippy::expect_used, reason = "the semaphore is private and never closed")]
    async fn take(&self, count: u32) -> OwnedSemaphorePermit {
        let free = Arc::clone(&self.free);
        free.acquire_many_owned(count).await.expect("the semaphore is never closed")
    }
}
