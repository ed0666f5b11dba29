//! Messages that are not ours.

use lapin::BasicProperties;
use lapin::options::{BasicGetOptions, BasicPublishOptions};
use lapin::types::AMQPValue;

use super::backend::{broker_url, depth_is, job, with_name};

#[tokio::test]
async fn a_message_that_holds_no_job_is_dropped_and_the_next_one_is_received() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(100).await;
        let outside = named.outside().await;
        let long = vec![b'{'; 300_000];
        let garbage: [&[u8]; 6] = [
            b"",
            b"\xff\xfe",
            b"{\"task\": \"one\"}",
            b"[1, 1, null, 1]",
            b"{\"task\": 99999999999999999999, \"generation\": 1, \"request_id\": null}",
            &long,
        ];
        for body in garbage {
            let properties = BasicProperties::default();
            let options = BasicPublishOptions::default();
            let name = named.name.as_str().into();
            outside
                .channel
                .basic_publish("".into(), name, options, body, properties)
                .await
                .unwrap();
        }
        depth_is(&queue, garbage.len()).await;
        queue.publish(job(1)).await.unwrap();
        let mut consumer = queue.consume(1);
        let delivery = consumer.next().await;
        assert_eq!(*delivery.job(), job(1));
        drop((delivery, consumer));
        depth_is(&queue, 1).await;
        assert_eq!(outside.count(&format!("{}.dead", named.name)).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_message_says_what_it_is_to_whoever_looks_at_the_broker() {
    with_name(&broker_url(), async |named| {
        let queue = named.open(100).await;
        queue.publish(job(17)).await.unwrap();
        let outside = named.outside().await;
        let got = outside.channel.basic_get(named.name.as_str().into(), BasicGetOptions::default());
        let message = got.await.unwrap().unwrap().delivery;
        let properties = &message.properties;
        let text = |value: &Option<lapin::types::ShortString>| value.clone().unwrap().to_string();
        assert_eq!(text(properties.content_type()), "application/json");
        assert_eq!(text(properties.message_id()), "17.1");
        assert_eq!(properties.delivery_mode(), &Some(2), "it is kept on disk");
        let headers = properties.headers().clone().unwrap();
        let id = headers.inner().get("X-Request-Id").cloned();
        assert_eq!(id, Some(AMQPValue::LongString("request-17".into())));
        let body: serde_json::Value = serde_json::from_slice(&message.data).unwrap();
        assert_eq!(body["task"], 17);
    })
    .await;
}
