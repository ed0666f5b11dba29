//! Several processes of the program on one `PostgreSQL`, one `RabbitMQ` and one folder as bucket, as
//! the tests' servers offer them.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::program::{Home, Program};

/// What the processes share.
pub(crate) struct Fleet {
    pub(crate) home: Home,
    variables: Vec<(&'static str, String)>,
}

impl Fleet {
    /// A database and a queue of its own, without any process yet.
    pub(crate) async fn new() -> Self {
        let home = Home::new();
        let name = format!("service_{}_{:08x}", std::process::id(), unique());
        let (postgres, broker) = (server("TEST_POSTGRES_URL"), server("TEST_AMQP_URL"));
        let mut connection = PgConnection::connect(&postgres).await.unwrap();
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let (host, _) = postgres.rsplit_once('/').unwrap();
        let variables = vec![
            ("DATABASE_URL", format!("{host}/{name}")),
            ("DATABASE_POOL_SIZE", "4".into()),
            ("QUEUE_URL", format!("{broker}?queue={name}")),
            ("JWT_SECRET", "the same for every process of a fleet".into()),
            ("CONVERTER_SLOTS", "1".into()),
            // Long enough for a busy machine, short enough for a test.
            ("LEASE", "3s".into()),
        ];
        Self { home, variables }
    }

    /// The same with another value of a variable.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(variable, _)| *variable != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// A process that serves HTTP.
    pub(crate) fn api(&self) -> Program {
        self.home.start_serving(&["api"], &self.variables())
    }

    /// A process that converts, whose log has this name.
    pub(crate) fn converter(&self, name: &str) -> Program {
        self.home.start_beside(&["converter"], &self.variables(), name, "converter started")
    }

    /// Whether this process has a conversion under way.
    pub(crate) fn is_converting(&self, converter: &Program) -> bool {
        let folder = format!("scratch/soundmill-{}", converter.id());
        self.home.files(&folder).iter().any(|path| path.ends_with("result"))
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set. Run `./test`, or this test alone with \
             `./test run cargo test --release --test service NAME`."
        )
    })
}

/// A number that no other test of this process has.
fn unique() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
