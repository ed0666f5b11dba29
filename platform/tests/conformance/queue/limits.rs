//! What the broker is told to bound.

use platform::queue::Error;

use super::backend::{broker_url, depth_is, eventually, job, with_name};

#[tokio::test]
async fn a_busy_consumer_keeps_no_more_than_its_slots_from_others() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(100).await;
        for task in 0..20 {
            queue.publish(job(task)).await.unwrap();
        }
        let mut busy = queue.consume(3);
        let held = busy.next().await;
        depth_is(&queue, 17).await;
        let mut idle = queue.consume(100);
        for _ in 0..17 {
            idle.next().await.ack().await;
        }
        depth_is(&queue, 0).await;
        held.ack().await;
        for task in 1..3 {
            let delivery = busy.next().await;
            assert_eq!(*delivery.job(), job(task));
            delivery.ack().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_goes_back_too_often_is_set_aside() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(100).await;
        queue.publish(job(1)).await.unwrap();
        queue.publish(job(2)).await.unwrap();
        let mut consumer = queue.consume(1);
        let mut times = 0;
        let second = loop {
            let delivery = consumer.next().await;
            if *delivery.job() == job(2) {
                break delivery;
            }
            times += 1;
        };
        assert_eq!(times, 21, "once, and 20 times again");
        second.ack().await;
        let outside = named.outside().await;
        let dead = format!("{}.dead", named.name);
        eventually(async || outside.count(&dead).await == 1).await;
        depth_is(&queue, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_queue_that_was_deleted_is_declared_again() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(100).await;
        let mut consumer = queue.consume(1);
        queue.publish(job(1)).await.unwrap();
        consumer.next().await.ack().await;
        named.outside().await.delete(&named.name).await;
        let publisher = queue.clone();
        // Refused or not, it is there in the end.
        eventually(async || match publisher.publish(job(2)).await {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error, Error::Gone);
                false
            }
        })
        .await;
        let delivery = consumer.next().await;
        assert_eq!(*delivery.job(), job(2));
        delivery.ack().await;
    })
    .await;
}
