//! What only the database and the queue know, asked when somebody wants the page. A value that
//! can't be had is `NaN`, so that nobody takes an old one for the present.

use std::time::{Duration, Instant};

use metrics::gauge;
use tracing::warn;

use crate::clock::Time;
use crate::db::{Db, Forecast, Result, Workload};
use crate::queue::{Error, Queue};

/// Longest wait for database and queue; the page must be there above all when they don't answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is said of the waiting work when the database does not answer.
const UNKNOWN: Forecast = Forecast { cpu_seconds: f64::NAN, slot_seconds: f64::NAN };

/// Sets every gauge.
pub(super) async fn measure(db: &Db, queue: &Queue) {
    measure_pool(db);
    let asked = tokio::time::timeout(PATIENCE, ask(db));
    let (asked, ()) = futures_util::join!(asked, measure_queue(queue));
    let known = match asked {
        Ok(Ok(known)) => Some(known),
        Ok(Err(error)) => {
            warn!(%error, "the work could not be counted");
            None
        }
        Err(_) => {
            warn!("the work could not be counted in time");
            None
        }
    };
    gauge!("database_up").set(f64::from(u8::from(known.is_some())));
    let (workload, forecast) = known.unzip();
    set(db.now(), workload.as_ref());
    let forecast = forecast.unwrap_or(UNKNOWN);
    gauge!("tasks_waiting_cpu_seconds").set(forecast.cpu_seconds);
    gauge!("tasks_waiting_slot_seconds").set(forecast.slot_seconds);
}

async fn measure_queue(queue: &Queue) {
    let depth = tokio::time::timeout(PATIENCE, queue.depth()).await;
    let depth = depth.unwrap_or(Err(Error::Silent));
    if let Err(error) = depth {
        warn!(%error, "waiting messages could not be counted");
    }
    gauge!("queue_up").set(f64::from(u8::from(depth.is_ok())));
    gauge!("queue_ready_messages").set(depth.map_or(f64::NAN, count));
}

fn measure_pool(db: &Db) {
    let pool = db.connections();
    gauge!("database_connections", "state" => "idle").set(count(pool.idle));
    gauge!("database_connections", "state" => "busy")
        .set(count(pool.open.saturating_sub(pool.idle)));
    gauge!("database_connections_limit").set(count(pool.limit));
}

async fn ask(db: &Db) -> Result<(Workload, Forecast)> {
    let asked = Instant::now();
    db.acquire().await?;
    gauge!("database_acquire_seconds").set(asked.elapsed().as_secs_f64());
    let workload = db.workload().await?;
    let forecast = db.forecast(workload.waiting).await?;
    Ok((workload, forecast))
}

fn set(now: Time, workload: Option<&Workload>) {
    if workload.is_none() {
        gauge!("database_acquire_seconds").set(f64::NAN);
    }
    let number =
        |of: fn(&Workload) -> i64| workload.map_or(f64::NAN, |workload| count(of(workload)));
    let age = |of: fn(&Workload) -> Option<Time>| {
        workload.map_or(f64::NAN, |workload| seconds_since(now, of(workload)))
    };
    gauge!("tasks_waiting").set(number(|work| work.waiting));
    gauge!("tasks_running").set(number(|work| work.running));
    gauge!("tasks_oldest_waiting_seconds").set(age(|work| work.oldest_waiting));
    gauge!("tasks_unpublished").set(number(|work| work.unpublished));
    gauge!("tasks_oldest_unpublished_seconds").set(age(|work| work.oldest_unpublished));
    gauge!("mails_unsent").set(number(|work| work.unsent));
    gauge!("mails_oldest_unsent_seconds").set(age(|work| work.oldest_unsent));
    gauge!("converters_alive").set(number(|work| work.converters));
    gauge!("converters_slots").set(number(|work| work.slots));
}

/// Seconds from a moment until now; 0 for none and for one to come.
fn seconds_since(now: Time, then: Option<Time>) -> f64 {
    then.map_or(0.0, |then| (now - then).as_seconds_f64().max(0.0))
}

/// A count as gauges take it; beyond 2^32 nobody reads it exactly.
fn count(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}
