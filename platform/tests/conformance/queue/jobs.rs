//! Publishing and receiving.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use platform::queue::{Error, Queue};
use tokio::task::JoinSet;

use super::backend::{Kind, depth_is, eventually, fill, job, on_each_queue, publish_at_last};

on_each_queue![
    messages_arrive_in_order,
    each_message_goes_to_one_consumer,
    a_consumer_waits_for_a_message,
    a_message_that_is_dropped_comes_back_first,
    a_message_that_is_dropped_goes_to_another_who_waits,
    an_acknowledged_message_does_not_come_back,
    a_full_queue_refuses_until_there_is_room,
    a_consumer_that_stops_waiting_loses_nothing,
    a_consumer_that_is_dropped_or_pauses_leaves_everything_to_others,
    messages_wake_as_many_consumers_as_can_work,
];

async fn messages_arrive_in_order(kind: Kind) {
    let queue = kind.open(1000).await;
    for task in 0..100 {
        queue.publish(job(task)).await.unwrap();
    }
    depth_is(&queue, 100).await;
    let mut consumer = queue.consume(4);
    for task in 0..100 {
        let delivery = consumer.next().await;
        assert_eq!(*delivery.job(), job(task));
        delivery.ack().await;
    }
    depth_is(&queue, 0).await;
}

async fn each_message_goes_to_one_consumer(kind: Kind) {
    const MESSAGES: usize = 500;
    let queue = kind.open(MESSAGES).await;
    let seen: Arc<Vec<AtomicUsize>> = Arc::new((0..MESSAGES).map(|_| 0.into()).collect());
    let mut consumers = JoinSet::new();
    for _ in 0..8 {
        let (mut consumer, seen) = (queue.consume(3), Arc::clone(&seen));
        consumers.spawn(async move {
            loop {
                let delivery = consumer.next().await;
                let task = usize::try_from(delivery.job().task).unwrap();
                seen[task].fetch_add(1, Ordering::Relaxed);
                delivery.ack().await;
            }
        });
    }
    for task in 0..MESSAGES {
        queue.publish(job(i64::try_from(task).unwrap())).await.unwrap();
        if task % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    eventually(async || seen.iter().all(|count| count.load(Ordering::Relaxed) > 0)).await;
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    consumers.shutdown().await;
}

async fn a_consumer_waits_for_a_message(kind: Kind) {
    let queue = kind.open(10).await;
    let mut consumer = queue.consume(1);
    let waiting = tokio::spawn(async move { consumer.next().await.job().clone() });
    tokio::task::yield_now().await;
    queue.publish(job(1)).await.unwrap();
    assert_eq!(waiting.await.unwrap(), job(1));
}

async fn a_message_that_is_dropped_comes_back_first(kind: Kind) {
    let queue = kind.open(10).await;
    for task in 1..=3 {
        queue.publish(job(task)).await.unwrap();
    }
    let mut consumer = queue.consume(1);
    drop(consumer.next().await);
    for task in 1..=3 {
        let delivery = consumer.next().await;
        assert_eq!(*delivery.job(), job(task));
        delivery.ack().await;
    }
}

async fn a_message_that_is_dropped_goes_to_another_who_waits(kind: Kind) {
    let queue = kind.open(10).await;
    let mut one = queue.consume(1);
    queue.publish(job(4)).await.unwrap();
    let held = one.next().await;
    drop(one);
    let mut other = queue.consume(1);
    let waiting = tokio::spawn(async move { other.next().await.job().clone() });
    tokio::task::yield_now().await;
    drop(held);
    assert_eq!(waiting.await.unwrap(), job(4));
}

async fn an_acknowledged_message_does_not_come_back(kind: Kind) {
    let queue = kind.open(10).await;
    let mut consumer = queue.consume(1);
    queue.publish(job(1)).await.unwrap();
    consumer.next().await.ack().await;
    queue.publish(job(2)).await.unwrap();
    let second = consumer.next().await;
    assert_eq!(*second.job(), job(2));
    drop((second, consumer));
    // What was not acknowledged is all that comes back.
    depth_is(&queue, 1).await;
    assert_eq!(*queue.consume(1).next().await.job(), job(2));
}

async fn a_full_queue_refuses_until_there_is_room(kind: Kind) {
    let queue = kind.open(10).await;
    let taken = fill(&queue, 100).await;
    assert!(taken >= 10, "it took {taken}");
    depth_is(&queue, taken).await;
    assert_eq!(queue.publish(job(0)).await, Err(Error::Full));
    let mut consumer = queue.consume(1);
    for task in 0..taken {
        let delivery = consumer.next().await;
        assert_eq!(delivery.job().task, i64::try_from(task).unwrap(), "the order is kept");
        delivery.ack().await;
    }
    publish_at_last(&queue, 200).await;
    assert_eq!(*consumer.next().await.job(), job(200));
}

async fn a_consumer_that_stops_waiting_loses_nothing(kind: Kind) {
    const MESSAGES: i64 = 300;
    let queue = kind.open(1000).await;
    let publisher = tokio::spawn({
        let queue = queue.clone();
        async move {
            for task in 0..MESSAGES {
                queue.publish(job(task)).await.unwrap();
            }
        }
    });
    let mut consumer = queue.consume(2);
    for task in 0..MESSAGES {
        let delivery = loop {
            // Given up at once, again and again: before it waits, while it does, and just when a
            // message has come.
            match consumer.next().now_or_never() {
                Some(delivery) => break delivery,
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!(*delivery.job(), job(task));
        delivery.ack().await;
    }
    publisher.await.unwrap();
    depth_is(&queue, 0).await;
}

async fn a_consumer_that_is_dropped_or_pauses_leaves_everything_to_others(kind: Kind) {
    let queue = kind.open(100).await;
    for task in 0..20 {
        queue.publish(job(task)).await.unwrap();
    }
    let (mut one, mut other) = (queue.consume(5), queue.consume(5));
    let (held, held_too) = (one.next().await, other.next().await);
    drop(one);
    other.pause();
    // 8 more were on their way to the two of them.
    depth_is(&queue, 18).await;
    held_too.ack().await;
    drop(held);
    depth_is(&queue, 19).await;
    let mut left: Vec<_> = Vec::new();
    for _ in 0..19 {
        let delivery = other.next().await;
        left.push(delivery.job().task);
        delivery.ack().await;
    }
    left.sort_unstable();
    left.dedup();
    assert_eq!(left.len(), 19);
    depth_is(&queue, 0).await;
}

/// Each consumer holds its message until all have one, so that a wake-up that is lost shows as a
/// consumer which waits beside a waiting message.
async fn messages_wake_as_many_consumers_as_can_work(kind: Kind) {
    const CONSUMERS: usize = 4;
    let queue = kind.open(CONSUMERS * 2).await;
    let all_have_one = Arc::new(tokio::sync::Barrier::new(CONSUMERS + 1));
    let mut consumers = JoinSet::new();
    for _ in 0..CONSUMERS {
        let (mut consumer, all_have_one) = (queue.consume(1), Arc::clone(&all_have_one));
        consumers.spawn(async move {
            loop {
                let delivery = consumer.next().await;
                all_have_one.wait().await;
                delivery.ack().await;
            }
        });
    }
    let rounds = if queue.is_local() { 5000 } else { 50 };
    for _ in 0..rounds {
        for task in 0..CONSUMERS {
            queue.publish(job(i64::try_from(task).unwrap())).await.unwrap();
        }
        all_have_one.wait().await;
    }
    consumers.shutdown().await;
}

/// The queue inside the process is exact where a broker is only about right.
#[tokio::test]
async fn the_queue_inside_the_process_holds_exactly_what_it_may() {
    let queue = Queue::open("local:", 2).await.unwrap();
    assert_eq!(fill(&queue, 3).await, 2);
    queue.consume(1).next().await.ack().await;
    queue.publish(job(3)).await.unwrap();
    assert_eq!(queue.depth().await, Ok(2));
}
