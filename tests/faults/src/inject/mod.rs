//! Carries out a plan. Faults of different parts happen at the same time; those that would hide
//! what another one is to show wait for each other.

mod busy;
mod messages;
mod parts;
mod servers;
mod simple;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Result;
use crate::journal::{Entry, Figure, Millis};
use crate::load::client::Client;
use crate::load::inputs::Inputs;
use crate::plan::{Fault, Place, Planned};
use crate::site::Site;
use parts::Parts;

/// Who carries faults out.
#[derive(Debug)]
pub(crate) struct Injector {
    site: Arc<Site>,
    inputs: Arc<Inputs>,
    /// Uploads what some faults need.
    client: Client,
    parts: Parts,
    over: CancellationToken,
    /// Faults, and figures that are still being measured.
    running: TaskTracker,
}

impl Injector {
    pub(crate) async fn new(site: &Arc<Site>, inputs: &Arc<Inputs>) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            site: Arc::clone(site),
            inputs: Arc::clone(inputs),
            client: Client::sign_up(site, "injector").await?,
            parts: Parts::new(),
            over: CancellationToken::new(),
            running: TaskTracker::new(),
        }))
    }

    /// Carries out what is planned until `length` has passed, and waits for the end of what then
    /// still runs.
    pub(crate) async fn run(self: &Arc<Self>, plan: Vec<Planned>, length: Duration) {
        let start = Instant::now();
        for (number, planned) in plan.into_iter().enumerate() {
            tokio::time::sleep(planned.at.saturating_sub(start.elapsed())).await;
            let injector = Arc::clone(self);
            self.running.spawn_local(async move { injector.inject(number, planned.fault).await });
        }
        tokio::time::sleep(length.saturating_sub(start.elapsed())).await;
        self.over.cancel();
        self.running.close();
        self.running.wait().await;
    }

    async fn inject(self: Arc<Self>, number: usize, fault: Fault) {
        let taking = self.parts.take(fault);
        let Some(_taken) = self.over.run_until_cancelled(taking).await else { return };
        let journal = &self.site.journal;
        let start = journal.now();
        let result = self.carry_out(fault).await;
        match result {
            Ok(()) => journal.note(&Entry::Fault { number, fault, start, end: journal.now() }),
            Err(error) => {
                let reason = error.to_string();
                eprintln!("fault {number}, {fault:?}, was not brought about: {reason}");
                journal.note(&Entry::Skipped { number, fault, reason });
            }
        }
    }

    async fn carry_out(self: &Arc<Self>, fault: Fault) -> Result<()> {
        match fault {
            Fault::Kill(Place::Api(api)) => self.kill_api(api).await,
            Fault::Kill(Place::Converter(converter)) => self.kill_converter(converter).await,
            Fault::Stop(place) => self.stop(place).await,
            Fault::Freeze(place, time) => self.freeze(place, time).await,
            Fault::Link(place, server, way, time) => {
                self.break_link(place, server, way, time).await
            }
            Fault::Broker(time) => self.broker(time).await,
            Fault::Postgres(ending, time) => self.postgres(ending, time).await,
            Fault::BucketErrors(percent, time) => self.weather((percent, 0, 0), time).await,
            Fault::BucketSpoils(percent, time) => self.weather((0, percent, 0), time).await,
            Fault::BucketCuts(percent, time) => self.weather((0, 0, percent), time).await,
            Fault::FullDisk(converter, time) => self.fill_disk(converter, time).await,
            Fault::Duplicates(count) => self.send_duplicates(count).await,
            Fault::Garbage(count) => self.send_garbage(count).await,
            Fault::Skew(place, seconds, time) => self.skew(place, seconds, time).await,
            Fault::MailRefused(percent, time) => self.refuse_mail(percent, time).await,
            Fault::Duel => self.duel().await,
            Fault::DieHolding => self.die_holding().await,
            Fault::StopBusy => self.stop_busy().await,
            Fault::Poison => self.poison().await,
        }
    }

    fn measured(&self, figure: Figure, start: Millis) {
        let end = self.site.journal.now();
        #[expect(clippy::cast_precision_loss, reason = "a run has far fewer milliseconds")]
        let value = end.saturating_sub(start) as f64 / 1000.0;
        self.site.journal.note(&Entry::Measured { figure, value, start, end });
    }
}
