//! Tries the queue.

use super::{Fault, Outcome};
use crate::config::Config;
use crate::queue::{Error, OpenError, Queue};

pub(super) async fn check(config: &Config) -> Outcome {
    let opened = Queue::open(&config.queue_url, config.max_queue_depth).await;
    let queue = opened.map_err(|error| {
        let remedy = match error {
            OpenError::Url(_) | OpenError::Parameter(_) => "Correct QUEUE_URL.",
            _ => "Do so, or correct QUEUE_URL.",
        };
        Fault::new(error, remedy)
    })?;
    if queue.is_local() {
        return Ok("inside the process, for one that does everything".to_owned());
    }
    let health = queue.health().await;
    let depth = queue.depth().await;
    queue.close().await;
    health.map_err(fault)?;
    Ok(format!("{} messages wait in the broker", depth.map_err(fault)?))
}

fn fault(error: Error) -> Fault {
    let remedy = match error {
        Error::Blocked => "Make room in the broker's memory or on its disk.",
        Error::Full => "Start more converters, or raise MAX_QUEUE_DEPTH.",
        Error::Gone => "Try again.",
        Error::Away | Error::Silent => {
            "Start the broker, or correct the host and the port in QUEUE_URL; a firewall may be \
             in the way."
        }
    };
    Fault::new(error, remedy)
}
