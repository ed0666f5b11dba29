//! Opening queues.

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use platform::queue::{Error, OpenError, Queue};

use super::backend::{broker_url, depth_is, job, with_name};

#[tokio::test]
async fn an_address_that_is_no_queue_is_named_without_its_password() {
    for (url, fault) in [
        ("kafka://ann:hunter2@example.org/mill", "kafka:…@example.org/mill"),
        ("amqp:ann:hunter2@example.org", "amqp:…@example.org"),
        ("amqp://ann:hunter2@example.org:port", "amqp:…@example.org:port"),
        ("amqp://ann:hunter2@example.org?prefetch=hunter2", "?queue=NAME"),
        ("localhost", "localhost"),
        ("local:host", "local:host"),
        ("", "``"),
    ] {
        let error = Queue::open(url, 1).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(fault) && !text.contains("hunter2"), "{url} gave: {text}");
    }
}

#[tokio::test]
async fn a_wrong_password_or_virtual_host_is_refused_at_once() {
    let url = broker_url();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (user, host) = rest.rsplit_once('@').unwrap();
    let name = user.split_once(':').unwrap().0;
    let error = Queue::open(&format!("{scheme}://{name}:hunter2@{host}"), 1).await.unwrap_err();
    assert!(matches!(error, OpenError::User(_)), "{error:?}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let error = Queue::open(&format!("{url}/no-such-host"), 1).await.unwrap_err();
    assert!(matches!(error, OpenError::Host(_)), "{error:?}");
    assert!(error.to_string().contains("no-such-host"), "{error}");
}

#[tokio::test]
async fn a_queue_that_was_declared_otherwise_is_refused_with_what_to_do() {
    with_name(&broker_url(), async |named| {
        let first = named.open(100).await;
        first.publish(job(1)).await.unwrap();
        let error = Queue::open(&named.url, 200).await.unwrap_err();
        assert!(matches!(error, OpenError::Arguments(_)), "{error:?}");
        let words = error.to_string();
        for word in ["x-max-length", "MAX_QUEUE_DEPTH", "delete_queue", &named.name] {
            assert!(words.contains(word), "{word} in: {words}");
        }
        // Who had opened it as it is goes on.
        depth_is(&first, 1).await;
        first.publish(job(2)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn somebody_elses_queue_of_this_name_is_refused() {
    with_name(&broker_url(), async |named| {
        let outside = named.outside().await;
        let name = named.name.as_str().into();
        let options = QueueDeclareOptions::default();
        outside.channel.queue_declare(name, options, FieldTable::default()).await.unwrap();
        let error = Queue::open(&named.url, 100).await.unwrap_err();
        assert!(matches!(error, OpenError::Arguments(_)), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_away_is_waited_for_in_the_background() {
    // Nobody listens on a port that was free just now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("amqp://ann:hunter2@127.0.0.1:{port}");
    let queue = Queue::open(&url, 1).await.unwrap();
    assert_eq!(queue.publish(job(1)).await, Err(Error::Away));
    assert_eq!(queue.depth().await, Err(Error::Away));
    assert_eq!(queue.health().await, Err(Error::Away));
    queue.close().await;
}
