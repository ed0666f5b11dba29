//! Signals to stop: the first asks, the second insists.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit status of a process that was made to end, as shells count it (128 + SIGTERM).
const INSISTED: i32 = 143;

/// Cancels `stop` at SIGTERM or SIGINT; ends the process at the second one.
///
/// # Errors
/// When the system lets nobody listen for signals.
pub(crate) fn cancel_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                tracing::warn!("stopping at once; leases are left to lapse");
                std::process::exit(INSISTED);
            }
            tracing::info!("stopping; finishing what runs");
            stop.cancel();
        }
    });
    Ok(())
}
