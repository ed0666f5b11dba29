//! The queues at the broker, declared by whoever uses them: the same again has no effect.

use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Queue};

use super::place::Place;

/// How often a job may go back to the queue before it is set aside. Its row is still there, and
/// the sweeper makes it a new message.
const DELIVERY_LIMIT: i64 = 20;

/// Jobs set aside that are kept for people to look at; older ones give way.
const DEAD_LIMIT: i64 = 10_000;

/// Pings that wait at a time, at most.
const PING_LIMIT: i64 = 1000;

/// Milliseconds after which a queue of pings that nobody answers goes away.
const PING_EXPIRY: i64 = 60_000;

/// Declares the queue of jobs and the one for those set aside.
pub(super) async fn declare(channel: &Channel, place: &Place) -> lapin::Result<Queue> {
    let dead = table([
        ("x-queue-type", text("quorum")),
        ("x-max-length", AMQPValue::LongLongInt(DEAD_LIMIT)),
    ]);
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(place.dead.as_str().into(), durable, dead).await?;
    declare_jobs(channel, place).await
}

/// Declares the queue of jobs.
pub(super) async fn declare_jobs(channel: &Channel, place: &Place) -> lapin::Result<Queue> {
    let limit = i64::try_from(place.limit).unwrap_or(i64::MAX);
    let arguments = table([
        ("x-queue-type", text("quorum")),
        ("x-max-length", AMQPValue::LongLongInt(limit)),
        // What is full says so; it never throws out what it confirmed.
        ("x-overflow", text("reject-publish")),
        ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT)),
        ("x-dead-letter-exchange", text("")),
        ("x-dead-letter-routing-key", text(&place.dead)),
        ("x-dead-letter-strategy", text("at-least-once")),
    ]);
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(place.jobs.as_str().into(), durable, arguments).await
}

/// Declares the queue of pings. Only those who answer do, so that without them a ping has no way.
pub(super) async fn declare_pings(channel: &Channel, place: &Place) -> lapin::Result<Queue> {
    let arguments = table([
        ("x-max-length", AMQPValue::LongLongInt(PING_LIMIT)),
        ("x-overflow", text("reject-publish")),
        ("x-expires", AMQPValue::LongLongInt(PING_EXPIRY)),
    ]);
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(place.pings.as_str().into(), durable, arguments).await
}

fn table<const N: usize>(arguments: [(&str, AMQPValue); N]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert(name.into(), value);
    }
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
