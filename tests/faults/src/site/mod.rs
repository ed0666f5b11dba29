//! The whole service and everything around it, on free ports and in a folder of its own.

pub(crate) mod bucket;
mod clock;
mod disk;
mod emulator;
mod haproxy;
mod link;
mod mail;
mod postgres;
mod process;
mod program;
mod rabbitmq;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::Mutex;

pub(crate) use bucket::Weather;
pub(crate) use link::Passage;
pub(crate) use postgres::Postgres;
pub(crate) use program::{Member, Server};
pub(crate) use rabbitmq::{DEAD, QUEUE, RabbitMq, waiting_messages};

use crate::Result;
use crate::journal::Journal;
use crate::plan::Place;
use emulator::Emulator;
use haproxy::HaProxy;
use link::Link;
use mail::MailServer;

/// Processes of the API.
pub(crate) const APIS: usize = 2;
/// Converters, each of which is also a sweeper and a sender of mails.
pub(crate) const CONVERTERS: usize = 3;

/// What a run may choose.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    /// The program under test.
    pub(crate) program: PathBuf,
    /// How long a claim holds unless renewed.
    pub(crate) lease: Duration,
    pub(crate) converters: usize,
    /// Further variables of the service's processes.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) journal: Journal,
    pub(crate) http: reqwest::Client,
    pub(crate) lease: Duration,
    /// Connections to the database past all links.
    pub(crate) pool: PgPool,
    pub(crate) postgres: Mutex<Postgres>,
    pub(crate) broker: Mutex<RabbitMq>,
    /// URL of the broker past all links.
    pub(crate) broker_url: String,
    pub(crate) emulator: Emulator,
    pub(crate) weather: Arc<Weather>,
    pub(crate) mail: MailServer,
    haproxy: HaProxy,
    pub(crate) apis: Vec<Arc<Member>>,
    pub(crate) converters: Vec<Arc<Member>>,
}

impl Site {
    /// Starts everything in `folder` and waits until the service is ready.
    pub(crate) async fn start(folder: &Path, choices: &Choices, journal: Journal) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(40));
        let http = http.build()?;
        let postgres = Postgres::start(folder).await?;
        let broker = RabbitMq::start(folder).await?;
        let emulator = Emulator::start(folder, &http).await?;
        let weather = Arc::new(Weather::default());
        let mail = MailServer::start(journal.clone()).await?;
        let around = Around {
            folder,
            postgres: &postgres,
            broker: &broker,
            emulator: &emulator,
            weather: &weather,
            mail: &mail,
        };
        let mut apis = Vec::new();
        for number in 0..APIS {
            let name = (format!("api{number}"), "api");
            apis.push(Arc::new(around.member(name, choices).await?));
        }
        let mut converters = Vec::new();
        for number in 0..choices.converters {
            let name = (format!("converter{number}"), "converter");
            converters.push(Arc::new(around.member(name, choices).await?));
        }
        let addresses: Vec<_> = apis.iter().filter_map(|api| api.address).collect();
        let site = Self {
            journal,
            http,
            lease: choices.lease,
            pool: postgres.pool().await?,
            broker_url: broker.url(broker.address),
            postgres: Mutex::new(postgres),
            broker: Mutex::new(broker),
            emulator,
            weather,
            mail,
            haproxy: HaProxy::start(folder, &addresses)?,
            apis,
            converters,
        };
        site.start_members().await?;
        Ok(site)
    }

    async fn start_members(&self) -> Result<()> {
        for member in self.members() {
            member.start()?;
        }
        for member in &self.apis {
            if !member.ready(&self.http, Duration::from_mins(1)).await {
                return Err(
                    format!("{} does not start:\n{}", member.name, member.last_words()).into()
                );
            }
        }
        self.all_ready().await
    }

    /// Every process of the service.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.apis.iter().chain(&self.converters)
    }

    pub(crate) fn member(&self, place: Place) -> &Arc<Member> {
        match place {
            Place::Api(number) => &self.apis[number],
            Place::Converter(number) => &self.converters[number],
        }
    }

    /// The converter that works under this name now.
    pub(crate) fn converter_named(&self, worker: &str) -> Option<usize> {
        self.converters.iter().position(|it| it.worker().as_deref() == Some(worker))
    }

    /// Address of a path of the service, behind HAProxy.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.haproxy.address)
    }

    /// Waits until HAProxy sends requests to every API process.
    pub(crate) async fn all_ready(&self) -> Result<()> {
        let url = self.url(&format!("{};csv", haproxy::STATISTICS));
        let ready = async || {
            let Ok(answer) = self.http.get(&url).send().await else { return false };
            let table = answer.text().await.unwrap_or_default();
            let servers = table.lines().filter(|line| line.starts_with("api,api"));
            servers.filter(|line| line.split(',').any(|cell| cell == "UP")).count() == APIS
        };
        if crate::wait_until(Duration::from_mins(1), ready).await {
            return Ok(());
        }
        Err("not every API process became ready".into())
    }

    /// Ends every fault that has no end of its own.
    pub(crate) fn heal(&self) {
        self.weather.set(0, 0, 0);
        self.mail.refuse(0);
        for member in self.members() {
            member.signal(rustix::process::Signal::CONT);
            member.links.values().for_each(|link| link.set(Passage::Open));
            let _ = member.skew(0);
            if let Some(disk) = &member.disk {
                disk.empty();
            }
        }
    }
}

/// What the processes of the service are linked to.
struct Around<'a> {
    folder: &'a Path,
    postgres: &'a Postgres,
    broker: &'a RabbitMq,
    emulator: &'a Emulator,
    weather: &'a Arc<Weather>,
    mail: &'a MailServer,
}

impl Around<'_> {
    async fn member(
        &self,
        (name, role): (String, &'static str),
        choices: &Choices,
    ) -> Result<Member> {
        let bucket = bucket::start(self.emulator.address, Arc::clone(self.weather))?;
        let mut links = HashMap::new();
        for (server, address) in [
            (Server::Postgres, self.postgres.address),
            (Server::Broker, self.broker.address),
            (Server::Bucket, bucket.address),
            (Server::Mail, self.mail.address),
        ] {
            links.insert(server, Link::to(address).await?);
        }
        // It is set once and for all.
        let _ = bucket.seen_at.set(links[&Server::Bucket].address);
        let folder = self.folder.join(&name);
        let near = |server: Server| links[&server].address;
        let mut variables = HashMap::from([
            ("DATABASE_URL", self.postgres.url(near(Server::Postgres))),
            ("QUEUE_URL", self.broker.url(near(Server::Broker))),
            ("BUCKET_URL", Emulator::url(near(Server::Bucket))),
            ("MAIL_URL", format!("smtp://{}?tls=none", near(Server::Mail))),
            ("MAIL_FROM", "Soundmill <soundmill@example.org>".to_owned()),
            ("JWT_SECRET", "the same secret for all processes here".to_owned()),
            ("PUBLIC_URL", "https://soundmill.example.org".to_owned()),
            ("REQUESTS_PER_MINUTE", "1000000".to_owned()),
            ("LOGINS_PER_MINUTE", "1000000".to_owned()),
            ("LEASE", humantime::format_duration(choices.lease).to_string()),
            ("LOG_FORMAT", "json".to_owned()),
            ("LISTEN", format!("127.0.0.1:{}", process::free_port()?)),
        ]);
        if role == "converter" {
            variables.insert("CONVERTER_SLOTS", "2".to_owned());
            variables.insert("SHUTDOWN_GRACE", "1s".to_owned());
            variables.insert("SCRATCH_DIR", folder.with_extension("scratch").display().to_string());
        } else {
            variables.insert("PROXY_HOPS", "1".to_owned());
            variables.insert("DRAIN_DELAY", "3s".to_owned());
            variables.insert("SHUTDOWN_GRACE", "20s".to_owned());
            variables.insert("HTTP_WORKERS", "2".to_owned());
        }
        variables.extend(choices.variables.iter().cloned());
        Member::new((name, role), &choices.program, folder, links, variables)
    }
}
