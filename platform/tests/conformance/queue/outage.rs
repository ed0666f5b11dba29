//! The network between the program and the broker fails.

use std::time::Instant;

use platform::queue::{Error, Queue};

use super::backend::{broker_url, depth_is, eventually, job, publish_at_last, with_name};
use super::proxy::Proxy;

#[tokio::test]
async fn a_broken_connection_is_made_anew_and_nothing_confirmed_is_lost() {
    with_name(&broker_url(), async |named| {
        let proxy = Proxy::before(&named.broker).await;
        let url = format!("{}?queue={}", proxy.url(&named.broker), named.name);
        let queue = Queue::open(&url, 1000).await.unwrap();
        let mut consumer = queue.consume(4);
        for round in 0..3 {
            publish_at_last(&queue, 2 * round).await;
            let held = consumer.next().await;
            proxy.cut();
            eventually(async || queue.health().await == Err(Error::Away)).await;
            assert_eq!(queue.publish(job(0)).await, Err(Error::Away));
            // What it acknowledges into a connection that is gone, it receives again.
            held.ack().await;
            proxy.mend();
            publish_at_last(&queue, 2 * round + 1).await;
            let mut left = vec![2 * round, 2 * round + 1];
            while !left.is_empty() {
                let delivery = consumer.next().await;
                left.retain(|task| *task != delivery.job().task);
                delivery.ack().await;
            }
        }
        depth_is(&queue, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_falls_silent_holds_nobody_up_for_long() {
    with_name(&broker_url(), async |named| {
        let proxy = Proxy::before(&named.broker).await;
        let url = format!("{}?queue={}", proxy.url(&named.broker), named.name);
        let queue = Queue::open(&url, 1000).await.unwrap();
        queue.publish(job(1)).await.unwrap();
        let mut consumer = queue.consume(1);
        let held = consumer.next().await;
        proxy.silence();
        // Each is answered, and in the end by the heartbeat that is missed.
        let silent = Instant::now();
        let mut errors = Vec::new();
        eventually(async || {
            let error = queue.publish(job(2)).await.unwrap_err();
            errors.push(error);
            error == Error::Away
        })
        .await;
        assert_eq!(errors[0], Error::Silent, "{errors:?} within {:?}", silent.elapsed());
        held.ack().await;
        proxy.mend();
        publish_at_last(&queue, 3).await;
        loop {
            let delivery = consumer.next().await;
            let task = delivery.job().task;
            delivery.ack().await;
            if task == 3 {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_process_that_starts_before_its_broker_works_once_that_is_there() {
    with_name(&broker_url(), async |named| {
        let proxy = Proxy::before(&named.broker).await;
        proxy.cut();
        let url = format!("{}?queue={}", proxy.url(&named.broker), named.name);
        let queue = Queue::open(&url, 1000).await.unwrap();
        let mut consumer = queue.consume(1);
        let waiting = tokio::spawn(async move { consumer.next().await.job().clone() });
        assert_eq!(queue.publish(job(1)).await, Err(Error::Away));
        proxy.mend();
        publish_at_last(&queue, 1).await;
        assert_eq!(waiting.await.unwrap(), job(1));
    })
    .await;
}
