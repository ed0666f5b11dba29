//! How many conversions run at a time, and how one of them can run alone.

use std::sync::Arc;

use tokio::sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore, watch,
};

/// The slots of a worker.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    count: u32,
    /// Read by those who run beside others, written by one who runs alone. It is fair: whoever
    /// waits to be alone is not passed by those who come later.
    room: Arc<RwLock<()>>,
    /// How many run alone or wait to.
    secluded: watch::Sender<usize>,
}

/// The right to convert.
#[derive(Debug)]
pub(super) enum Room {
    /// Beside others.
    Shared(#[expect(dead_code, reason = "held, not read")] OwnedRwLockReadGuard<()>),
    /// With nobody else in this process.
    Alone(
        #[expect(dead_code, reason = "held, not read")] OwnedRwLockWriteGuard<()>,
        #[expect(dead_code, reason = "held, not read")] Seclusion,
    ),
}

/// Counts one who runs alone or waits to.
#[derive(Debug)]
pub(super) struct Seclusion(watch::Sender<usize>);

impl Seclusion {
    fn begin(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Seclusion {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Slots {
    /// As many slots, at least one.
    pub(super) fn new(count: usize) -> Self {
        let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        Self {
            free: Arc::new(Semaphore::new(count as usize)),
            count,
            room: Arc::default(),
            secluded: watch::Sender::new(0),
        }
    }

    /// Waits for a free slot.
    #[expect(clippy::expect_used, reason = "the semaphore is private and never closed")]
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        let free = Arc::clone(&self.free);
        free.acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Waits until nobody runs alone.
    pub(super) async fn shared(&self) -> Room {
        Room::Shared(Arc::clone(&self.room).read_owned().await)
    }

    /// Waits until nobody runs.
    pub(super) async fn alone(&self) -> Room {
        let seclusion = Seclusion::begin(&self.secluded);
        Room::Alone(Arc::clone(&self.room).write_owned().await, seclusion)
    }

    /// Waits until one runs alone or waits to.
    pub(super) async fn secluded(&self) {
        self.wait_until(|count| count > 0).await;
    }

    /// Waits until nobody runs alone or waits to.
    pub(super) async fn open(&self) {
        self.wait_until(|count| count == 0).await;
    }

    #[expect(clippy::expect_used, reason = "the sender is beside it")]
    async fn wait_until(&self, holds: impl Fn(usize) -> bool) {
        let mut count = self.secluded.subscribe();
        count.wait_for(|count| holds(*count)).await.expect("the sender lives");
    }

    /// Slots in all.
    pub(super) fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn is_ready(future: impl Future) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn one_runs_alone_although_a_free_slot_waits_for_work() {
        let slots = Slots::new(2);
        let mut waiting_for_work = pin!(slots.free());
        assert!(is_ready(waiting_for_work.as_mut()));
        assert!(is_ready(slots.alone()));
    }

    #[test]
    fn work_is_left_to_others_while_one_runs_alone_or_waits_to() {
        let slots = Slots::new(2);
        assert!(is_ready(slots.open()) && !is_ready(slots.secluded()));
        let mut context = Context::from_waker(Waker::noop());
        let mut shared = Box::pin(slots.shared());
        let running = shared.as_mut().poll(&mut context);
        let mut alone = Box::pin(slots.alone());
        assert!(alone.as_mut().poll(&mut context).is_pending(), "it waits");
        assert!(!is_ready(slots.open()) && is_ready(slots.secluded()));
        drop(running);
        let Poll::Ready(room) = alone.as_mut().poll(&mut context) else { panic!("it runs") };
        drop(alone);
        assert!(!is_ready(slots.open()) && is_ready(slots.secluded()));
        drop(room);
        assert!(is_ready(slots.open()) && !is_ready(slots.secluded()));
    }

    #[test]
    fn who_waits_to_be_alone_is_not_passed() {
        let slots = Slots::new(2);
        let mut running = Box::pin(slots.shared());
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(room) = running.as_mut().poll(&mut context) else {
            panic!("nobody else is there")
        };
        let mut alone = pin!(slots.alone());
        assert!(alone.as_mut().poll(&mut context).is_pending());
        let mut later = pin!(slots.shared());
        assert!(later.as_mut().poll(&mut context).is_pending());
        drop(room);
        assert!(alone.as_mut().poll(&mut context).is_ready());
    }
}
