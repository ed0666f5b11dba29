//! Messages that the service did not send.

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::json;

use super::Injector;
use crate::Result;
use crate::site::QUEUE;

/// Some tasks of any kind.
const TASKS: &str = "select id, generation from tasks order by random() limit $1";

impl Injector {
    /// Sends messages of tasks once more: of now, of earlier generations, and of no task at all.
    pub(super) async fn send_duplicates(&self, count: usize) -> Result<()> {
        let limit = i64::try_from(count)?;
        let tasks: Vec<(i64, i64)> =
            sqlx::query_as(TASKS).bind(limit).fetch_all(&self.site.pool).await?;
        let mut bodies = Vec::new();
        for (number, (task, generation)) in tasks.into_iter().enumerate() {
            let (task, generation) = match number % 4 {
                0 => (task, generation - 1),
                1 => (task + 1, generation),
                _ => (task, generation),
            };
            let job = json!({ "task": task, "generation": generation, "request_id": null });
            bodies.push(job.to_string().into_bytes());
        }
        self.send_all(bodies).await
    }

    /// Sends what no program of ours would.
    pub(super) async fn send_garbage(&self, count: usize) -> Result<()> {
        let bodies = (0..count).map(|number| match number % 5 {
            0 => Vec::new(),
            1 => b"{".to_vec(),
            2 => vec![0xff; 2000],
            3 => br#"{"task":"seven","generation":[]}"#.to_vec(),
            _ => b"[".repeat(50_000),
        });
        self.send_all(bodies.collect()).await
    }

    /// Messages that wait in a queue and that nobody holds.
    pub(super) async fn waiting_messages(&self) -> Result<u32> {
        crate::site::waiting_messages(&self.site.broker_url, QUEUE).await
    }

    async fn send_all(&self, bodies: Vec<Vec<u8>>) -> Result<()> {
        let url = &self.site.broker_url;
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for body in bodies {
            send(&channel, &body).await?;
        }
        connection.close(200, "done".into()).await?;
        Ok(())
    }
}

async fn send(channel: &Channel, body: &[u8]) -> Result<()> {
    let options = BasicPublishOptions::default();
    let properties = BasicProperties::default().with_delivery_mode(2);
    channel.basic_publish("".into(), QUEUE.into(), options, body, properties).await?.await?;
    Ok(())
}
