//! The caller's hold on a running conversion: how far it is, and whether to go on.

/// Watches a conversion and may stop it. Both methods are called once per packet, so they must
/// be cheap; they are called from the converting thread only.
pub trait Control: Sync {
    /// Takes the part of the work that is done, 0 to 1, never less than the time before.
    fn progress(&self, fraction: f64);

    /// Says whether to stop; the conversion then ends with [`Error::Cancelled`](crate::Error).
    fn cancelled(&self) -> bool;
}

/// A [`Control`] that neither listens nor stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

impl Control for Unattended {
    fn progress(&self, _fraction: f64) {}

    fn cancelled(&self) -> bool {
        false
    }
}
