//! Pings.

use std::time::Duration;

use futures_util::FutureExt;
use platform::queue::{Error, Queue};
use tokio::task::JoinHandle;

use super::backend::{
    Kind, PATIENCE, broker_url, depth_is, eventually, fill, on_each_queue, with_name,
};

on_each_queue![
    a_ping_is_answered,
    many_pings_at_once_are_answered,
    a_ping_without_an_answer_leaves_nothing,
    a_ping_that_is_given_up_leaves_nothing,
    pings_pass_by_the_jobs_of_a_full_queue,
];

/// A process that answers pings until it is dropped.
struct Answering(JoinHandle<()>);

impl Answering {
    fn on(queue: &Queue) -> Self {
        let queue = queue.clone();
        Self(tokio::spawn(async move { queue.answer_pings().await }))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The first one may come before the one who answers is ready.
async fn answered(queue: &Queue) {
    eventually(async || queue.ping(PATIENCE).await.is_ok()).await;
}

async fn a_ping_is_answered(kind: Kind) {
    let queue = kind.open(10).await;
    let _answering = Answering::on(&queue);
    answered(&queue).await;
    queue.ping(PATIENCE).await.unwrap();
    assert_eq!(queue.depth().await, Ok(0));
}

async fn many_pings_at_once_are_answered(kind: Kind) {
    let queue = kind.open(10).await;
    let _answering = (Answering::on(&queue), Answering::on(&queue));
    answered(&queue).await;
    let pings = (0..50).map(|_| queue.ping(PATIENCE));
    let answers = futures_util::future::join_all(pings).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

async fn a_ping_without_an_answer_leaves_nothing(kind: Kind) {
    let queue = kind.open(10).await;
    assert_eq!(queue.ping(Duration::from_millis(1)).await, Err(Error::Silent));
    assert_eq!(queue.depth().await, Ok(0));
    // Nothing of it is answered in another's stead.
    let _answering = Answering::on(&queue);
    answered(&queue).await;
}

async fn a_ping_that_is_given_up_leaves_nothing(kind: Kind) {
    let queue = kind.open(10).await;
    for _ in 0..200 {
        assert!(queue.ping(PATIENCE).now_or_never().is_none());
    }
    assert_eq!(queue.depth().await, Ok(0));
    let _answering = Answering::on(&queue);
    answered(&queue).await;
}

async fn pings_pass_by_the_jobs_of_a_full_queue(kind: Kind) {
    let queue = kind.open(10).await;
    let taken = fill(&queue, 100).await;
    let _answering = Answering::on(&queue);
    answered(&queue).await;
    depth_is(&queue, taken).await;
}

#[tokio::test]
async fn a_ping_that_nobody_takes_goes_away_by_itself() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(10).await;
        // One who answered once, so that there is a place for pings, and is gone.
        let answering = Answering::on(&queue);
        answered(&queue).await;
        drop(answering);
        let outside = named.outside().await;
        let pings = format!("{}.pings", named.name);
        eventually(async || {
            // As long as it has not quite gone, it answers.
            let ping = queue.ping(Duration::from_millis(200)).await;
            assert!(matches!(ping, Ok(()) | Err(Error::Silent)), "{ping:?}");
            ping.is_err()
        })
        .await;
        eventually(async || outside.count(&pings).await == 0).await;
        assert_eq!(outside.count(&format!("{}.dead", named.name)).await, 0);
    })
    .await;
}
