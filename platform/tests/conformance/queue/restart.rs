//! The broker dies under load and comes back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use platform::queue::Queue;
use tokio::task::JoinSet;

use super::backend::{eventually, job, publish_at_last, with_name};
use super::broker::Broker;

/// Jobs that were confirmed, and jobs that were received and acknowledged.
type Tasks = Arc<Mutex<HashSet<i64>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_broker_confirmed_before_it_was_killed_is_received_after_it_is_back() {
    let mut broker = Broker::start();
    let url = broker.url.clone();
    with_name(&url, async |named| {
        let queue = named.open(100_000).await;
        // RabbitMQ 3 writes down that a queue exists some seconds after it was declared, or when it
        // stops; killed before that, it never finds the queue's leader again.
        broker.stop();
        broker.boot();
        publish_at_last(&queue, -1).await;
        let (confirmed, received) = (Tasks::default(), Tasks::default());
        let mut parts = JoinSet::new();
        for publisher in 0..4 {
            parts.spawn(publish(queue.clone(), publisher, Arc::clone(&confirmed)));
        }
        for _ in 0..2 {
            parts.spawn(receive(queue.clone(), Arc::clone(&received)));
        }
        let count = |tasks: &Tasks| tasks.lock().unwrap().len();
        for _ in 0..2 {
            let (before, before_too) = (count(&confirmed), count(&received));
            eventually(async || {
                count(&confirmed) > before + 100 && count(&received) > before_too + 100
            })
            .await;
            broker.kill();
            assert!(queue.publish(job(-2)).await.is_err());
            broker.boot();
            publish_at_last(&queue, -3).await;
        }
        parts.shutdown().await;
        // Those that were cut off are given back; one more takes them all.
        parts.spawn(receive(queue.clone(), Arc::clone(&received)));
        let confirmed = confirmed.lock().unwrap().clone();
        eventually(async || confirmed.is_subset(&received.lock().unwrap())).await;
        parts.shutdown().await;
    })
    .await;
}

/// Publishes one job after the other, and notes which were confirmed.
async fn publish(queue: Queue, publisher: i64, confirmed: Tasks) {
    for number in 0.. {
        let task = publisher * 1_000_000 + number;
        match queue.publish(job(task)).await {
            Ok(()) => drop(confirmed.lock().unwrap().insert(task)),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

/// Receives whatever comes, and notes it.
async fn receive(queue: Queue, received: Tasks) {
    let mut consumer = queue.consume(8);
    loop {
        let delivery = consumer.next().await;
        received.lock().unwrap().insert(delivery.job().task);
        delivery.ack().await;
    }
}
