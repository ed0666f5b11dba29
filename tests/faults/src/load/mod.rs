//! The load: people who upload, look, change their minds, delete and download.

pub(crate) mod client;
pub(crate) mod inputs;
mod person;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::site::Site;
use client::Client;
use inputs::Inputs;
use person::Person;

/// People who work at once.
const PEOPLE: usize = 16;

/// What all people share.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) inputs: Arc<Inputs>,
    pace: Mutex<Interval>,
    pub(crate) stop: CancellationToken,
}

impl Load {
    /// As many actions per second in all.
    pub(crate) fn new(inputs: Arc<Inputs>, per_second: f64) -> Arc<Self> {
        let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / per_second));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Arc::new(Self { inputs, pace: Mutex::new(pace), stop: CancellationToken::new() })
    }

    /// Waits for the next turn; `false` when it is over.
    async fn turn(&self) -> bool {
        let turn = async { self.pace.lock().await.tick().await };
        self.stop.run_until_cancelled(turn).await.is_some()
    }

    /// Waits a moment; `false` when it is over.
    async fn pause(&self, time: Duration) -> bool {
        self.stop.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
    }
}

/// Lets people work until the load is stopped.
pub(crate) async fn run(site: &Arc<Site>, load: &Arc<Load>, seed: u64) -> Result<JoinSet<()>> {
    let mut people = JoinSet::new();
    let mut seeds = StdRng::seed_from_u64(seed);
    for number in 0..PEOPLE {
        let client = Client::sign_up(site, &format!("person{number}")).await?;
        let rng = StdRng::seed_from_u64(seeds.random());
        people.spawn(Person::new(client, Arc::clone(load), rng).live());
    }
    Ok(people)
}
