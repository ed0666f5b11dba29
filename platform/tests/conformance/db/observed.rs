//! The plans of the statements that `PostgreSQL` runs, as it explains them to its client.

use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Has the database explain every statement of the connections that are opened from now on.
pub(super) async fn explain_statements(url: &str) {
    let mut server = PgConnection::connect(url).await.unwrap();
    let (_, name) = url.rsplit_once('/').unwrap();
    for (setting, value) in [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("client_min_messages", "log"),
    ] {
        let set = format!("alter database {name} set {setting} = '{value}'");
        server.execute(AssertSqlSafe(set)).await.unwrap();
    }
    server.close().await.unwrap();
}

/// Collects what servers tell connections that are used on this thread, until it is dropped.
pub(super) struct Observed {
    told: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

impl Observed {
    pub(super) fn start() -> Self {
        let told = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Collector(Arc::clone(&told)));
        Self { told, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The plans of the statements that were run since this was last asked.
    pub(super) fn plans(&self) -> Vec<String> {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.into_iter().filter(|text| text.contains("Query Text: ")).collect()
    }

    /// Those statements themselves, without what the client asks once about the server's types.
    pub(super) fn statements(&self) -> Vec<String> {
        let statement = |plan: &String| plan.split_once("Query Text: ").unwrap().1.to_owned();
        let statements = self.plans();
        statements.iter().map(statement).filter(|text| !text.contains("pg_type")).collect()
    }
}

struct Collector(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
}

/// An event's message.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
