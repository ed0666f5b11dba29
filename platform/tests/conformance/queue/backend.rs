//! The kinds of queues, and how a test is run on each of them.

use std::time::Duration;

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use platform::queue::{Error, Job, Queue};
use uuid::Uuid;

/// Longer than anything takes unless it hangs.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

/// Makes a test of each function on each kind of queue.
macro_rules! on_each_queue {
    ($($name:ident),+ $(,)?) => {
        mod inside_the_process {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                $crate::queue::backend::inside_the_process(super::$name).await;
            })+
        }
        mod in_rabbitmq {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                $crate::queue::backend::in_rabbitmq(super::$name).await;
            })+
        }
    };
}
pub(super) use on_each_queue;

/// How a test opens its queue: handed one of the two kinds, it opens it as often as it likes.
pub(super) struct Kind {
    url: String,
}

impl Kind {
    /// The queue, for about so many jobs.
    pub(super) async fn open(&self, limit: usize) -> Queue {
        Queue::open(&self.url, limit).await.unwrap()
    }
}

pub(super) async fn inside_the_process(test: impl AsyncFnOnce(Kind)) {
    let kind = Kind { url: "local:".into() };
    tokio::time::timeout(PATIENCE, test(kind)).await.unwrap();
}

pub(super) async fn in_rabbitmq(test: impl AsyncFnOnce(Kind)) {
    with_name(&broker_url(), async |named| test(Kind { url: named.url }).await).await;
}

/// The broker that `./test` started.
pub(super) fn broker_url() -> String {
    std::env::var("TEST_AMQP_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_AMQP_URL is not set. Run `./test`, or this test alone with \
             `./test run cargo test --release --workspace NAME`."
        )
    })
}

/// A queue of the test's own in a broker.
pub(super) struct Named {
    /// As `QUEUE_URL` names it.
    pub(super) url: String,
    /// Its name in the broker.
    pub(super) name: String,
    /// The broker, for what tests do to it from outside.
    pub(super) broker: String,
}

impl Named {
    pub(super) async fn open(&self, limit: usize) -> Queue {
        Queue::open(&self.url, limit).await.unwrap()
    }

    /// A channel on a new connection, for what tests do to the broker from outside.
    pub(super) async fn outside(&self) -> Outside {
        let connection =
            Connection::connect(&self.broker, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Outside { _connection: connection, channel }
    }
}

/// Someone else who uses the broker.
pub(super) struct Outside {
    _connection: Connection,
    pub(super) channel: Channel,
}

impl Outside {
    /// Messages that wait in a queue.
    pub(super) async fn count(&self, queue: &str) -> u32 {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let found = self.channel.queue_declare(queue.into(), passive, FieldTable::default());
        found.await.unwrap().message_count()
    }

    /// Removes a queue; it is no error when there is none.
    pub(super) async fn delete(&self, queue: &str) {
        let options = QueueDeleteOptions::default();
        self.channel.queue_delete(queue.into(), options).await.unwrap();
    }
}

/// Runs a test on a queue of its own in this broker, and removes that afterwards.
pub(super) async fn with_name(broker: &str, test: impl AsyncFnOnce(Named)) {
    let name = format!("test-{}", Uuid::new_v4().simple());
    let named = || Named {
        url: format!("{broker}?queue={name}"),
        name: name.clone(),
        broker: broker.into(),
    };
    tokio::time::timeout(PATIENCE, test(named())).await.unwrap();
    let outside = named().outside().await;
    for queue in ["", ".dead", ".pings"] {
        outside.delete(&format!("{name}{queue}")).await;
    }
}

pub(super) fn job(task: i64) -> Job {
    Job { task, generation: 1, request_id: Some(format!("request-{task}")) }
}

/// Asks again and again until the answer is yes; the test's own time bounds it.
pub(super) async fn eventually(mut ask: impl AsyncFnMut() -> bool) {
    while !ask().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until so many jobs wait.
pub(super) async fn depth_is(queue: &Queue, depth: usize) {
    eventually(async || queue.depth().await == Ok(depth)).await;
}

/// Publishes as the sweeper does: again and again, until the queue has it.
pub(super) async fn publish_at_last(queue: &Queue, task: i64) {
    eventually(async || queue.publish(job(task)).await.is_ok()).await;
}

/// Publishes until the queue is full, and tells how many it took.
pub(super) async fn fill(queue: &Queue, most: usize) -> usize {
    for count in 0..most {
        match queue.publish(job(i64::try_from(count).unwrap())).await {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, Error::Full);
                return count;
            }
        }
    }
    panic!("the queue took {most} jobs and more");
}
