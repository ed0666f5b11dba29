//! The queue: so far the one inside the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use platform::queue::{Error, Job, Message, OpenError, Queue};
use tokio::task::JoinSet;

/// Longer than anything takes unless it hangs.
const PATIENCE: Duration = Duration::from_mins(1);

macro_rules! on_each_queue {
    ($($name:ident),+ $(,)?) => {
        mod inside_the_process {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let open = |limit| platform::queue::Queue::open("local:", limit).unwrap();
                tokio::time::timeout(super::PATIENCE, super::$name(open)).await.unwrap();
            })+
        }
    };
}

on_each_queue![
    messages_arrive_in_order,
    each_message_goes_to_one_consumer,
    a_consumer_waits_for_a_message,
    a_message_that_is_dropped_comes_back_first,
    an_acknowledged_message_does_not_come_back,
    a_full_queue_refuses_until_there_is_room,
    a_consumer_that_stops_waiting_loses_nothing,
    messages_wake_as_many_consumers_as_can_work,
    a_ping_is_answered_by_a_consumer,
    a_ping_without_an_answer_leaves_nothing,
    a_ping_that_is_given_up_leaves_nothing,
];

fn job(task: i64) -> Job {
    Job { task, generation: 1, request_id: Some(format!("request-{task}")) }
}

async fn messages_arrive_in_order(open: impl Fn(usize) -> Queue) {
    let queue = open(1000);
    for task in 0..100 {
        queue.publish(job(task)).await.unwrap();
    }
    assert_eq!(queue.depth(), 100);
    let mut consumer = queue.consume();
    for task in 0..100 {
        let delivery = consumer.next().await;
        assert_eq!(*delivery.message(), Message::Job(job(task)));
        delivery.ack().await;
    }
    assert_eq!(queue.depth(), 0);
}

async fn each_message_goes_to_one_consumer(open: impl Fn(usize) -> Queue) {
    const MESSAGES: usize = 2000;
    let queue = open(MESSAGES);
    let seen: Arc<Vec<AtomicUsize>> = Arc::new((0..MESSAGES).map(|_| 0.into()).collect());
    let mut consumers = JoinSet::new();
    for _ in 0..8 {
        let (mut consumer, seen) = (queue.consume(), Arc::clone(&seen));
        consumers.spawn(async move {
            loop {
                let delivery = consumer.next().await;
                let Message::Job(job) = delivery.message() else { return };
                seen[usize::try_from(job.task).unwrap()].fetch_add(1, Ordering::Relaxed);
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
    while seen.iter().any(|count| count.load(Ordering::Relaxed) == 0) {
        tokio::task::yield_now().await;
    }
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    consumers.shutdown().await;
}

async fn a_consumer_waits_for_a_message(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    let mut consumer = queue.consume();
    let waiting = tokio::spawn(async move { consumer.next().await.message().clone() });
    tokio::task::yield_now().await;
    queue.publish(job(1)).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Message::Job(job(1)));
}

async fn a_message_that_is_dropped_comes_back_first(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    for task in 1..=3 {
        queue.publish(job(task)).await.unwrap();
    }
    let (mut one, mut other) = (queue.consume(), queue.consume());
    let first = one.next().await;
    drop(first);
    for task in 1..=3 {
        let delivery = other.next().await;
        assert_eq!(*delivery.message(), Message::Job(job(task)));
        delivery.ack().await;
    }
    // A consumer that is waiting already gets it too.
    queue.publish(job(4)).await.unwrap();
    let held = one.next().await;
    let waiting = tokio::spawn(async move { other.next().await.message().clone() });
    tokio::task::yield_now().await;
    drop(held);
    assert_eq!(waiting.await.unwrap(), Message::Job(job(4)));
}

async fn an_acknowledged_message_does_not_come_back(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    let mut consumer = queue.consume();
    queue.publish(job(1)).await.unwrap();
    consumer.next().await.ack().await;
    assert!(consumer.next().now_or_never().is_none());
    assert_eq!(queue.depth(), 0);
}

async fn a_full_queue_refuses_until_there_is_room(open: impl Fn(usize) -> Queue) {
    let queue = open(2);
    queue.publish(job(1)).await.unwrap();
    queue.publish(job(2)).await.unwrap();
    assert_eq!(queue.publish(job(3)).await, Err(Error::Full));
    assert_eq!(queue.ping(PATIENCE).await, Err(Error::Full));
    queue.consume().next().await.ack().await;
    queue.publish(job(3)).await.unwrap();
    assert_eq!(queue.depth(), 2);
}

async fn a_consumer_that_stops_waiting_loses_nothing(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    let (mut one, mut other) = (queue.consume(), queue.consume());
    for task in 0..1000 {
        // Registered for the next message, and given up when that has come or just before.
        let mut given_up = Box::pin(one.next());
        assert!(given_up.as_mut().now_or_never().is_none());
        let waiting = other.next();
        let publish = async {
            if task % 2 == 0 {
                queue.publish(job(task)).await.unwrap();
                drop(given_up);
            } else {
                drop(given_up);
                queue.publish(job(task)).await.unwrap();
            }
        };
        let (delivery, ()) = tokio::join!(waiting, publish);
        assert_eq!(*delivery.message(), Message::Job(job(task)));
        delivery.ack().await;
    }
}

/// Each consumer holds its message until all have one, so that a wake-up that is lost shows as a
/// consumer which waits beside a waiting message.
async fn messages_wake_as_many_consumers_as_can_work(open: impl Fn(usize) -> Queue) {
    const CONSUMERS: usize = 4;
    let queue = open(CONSUMERS);
    let all_have_one = Arc::new(tokio::sync::Barrier::new(CONSUMERS + 1));
    let mut consumers = JoinSet::new();
    for _ in 0..CONSUMERS {
        let (mut consumer, all_have_one) = (queue.consume(), Arc::clone(&all_have_one));
        consumers.spawn(async move {
            loop {
                let delivery = consumer.next().await;
                all_have_one.wait().await;
                delivery.ack().await;
            }
        });
    }
    for _ in 0..5000 {
        for task in 0..CONSUMERS {
            queue.publish(job(i64::try_from(task).unwrap())).await.unwrap();
        }
        all_have_one.wait().await;
    }
    consumers.shutdown().await;
}

async fn a_ping_is_answered_by_a_consumer(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    let converter = tokio::spawn({
        let queue = queue.clone();
        async move {
            let delivery = queue.consume().next().await;
            let Message::Ping(ping) = delivery.message() else { panic!("{delivery:?}") };
            queue.pong(*ping + 1);
            queue.pong(*ping);
            queue.pong(*ping);
            delivery.ack().await;
        }
    });
    queue.ping(PATIENCE).await.unwrap();
    converter.await.unwrap();
    assert_eq!(queue.depth(), 0);
}

async fn a_ping_without_an_answer_leaves_nothing(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    assert_eq!(queue.ping(Duration::from_millis(1)).await, Err(Error::Silent));
    assert_eq!(queue.depth(), 0);
    assert!(queue.consume().next().now_or_never().is_none());
}

async fn a_ping_that_is_given_up_leaves_nothing(open: impl Fn(usize) -> Queue) {
    let queue = open(10);
    assert!(queue.ping(PATIENCE).now_or_never().is_none());
    assert_eq!(queue.depth(), 0);
    assert!(queue.consume().next().now_or_never().is_none());
}

#[test]
fn an_address_that_is_no_queue_is_named_without_its_password() {
    for (url, fault) in [
        ("amqp://ann:hunter2@example.org/%2f", "amqp:…@example.org/%2f"),
        ("localhost", "localhost"),
        ("", "``"),
    ] {
        let error = Queue::open(url, 1).unwrap_err();
        let OpenError::Url(_) = error;
        let text = error.to_string();
        assert!(text.contains(fault) && !text.contains("hunter2"), "{url} gave: {text}");
    }
}
