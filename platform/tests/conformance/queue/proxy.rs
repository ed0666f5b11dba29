//! A network between the program and the broker that can fail.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Weather {
    Fair,
    /// Connections are open and nothing comes through.
    Silent,
    /// Connections end, and new ones too.
    Cut,
}

/// A port that leads to the broker.
pub(super) struct Proxy {
    address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
}

impl Proxy {
    /// Before the broker with this URL.
    pub(super) async fn before(broker: &str) -> Self {
        let target = broker.rsplit_once('@').unwrap().1.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        tokio::spawn(serve(listener, target, Arc::clone(&weather)));
        Self { address, weather }
    }

    /// The broker's URL by way of this port.
    pub(super) fn url(&self, broker: &str) -> String {
        format!("{}@{}", broker.rsplit_once('@').unwrap().0, self.address)
    }

    pub(super) fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    pub(super) fn silence(&self) {
        self.weather.send_replace(Weather::Silent);
    }

    pub(super) fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

async fn serve(listener: TcpListener, target: String, weather: Arc<watch::Sender<Weather>>) {
    while let Ok((near, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            continue;
        }
        let (target, weather) = (target.clone(), weather.subscribe());
        tokio::spawn(async move {
            let far = TcpStream::connect(target).await.unwrap();
            let (near, far) = (near.into_split(), far.into_split());
            tokio::select! {
                () = carry(near.0, far.1, weather.clone()) => {}
                () = carry(far.0, near.1, weather.clone()) => {}
                () = until(weather, Weather::Cut) => {}
            }
        });
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, weather: watch::Receiver<Weather>) {
    let mut block = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut block).await {
        until(weather.clone(), Weather::Fair).await;
        if to.write_all(&block[..length]).await.is_err() {
            return;
        }
    }
}

async fn until(mut weather: watch::Receiver<Weather>, wanted: Weather) {
    // Without the one who makes the weather, the test is over.
    let _ = weather.wait_for(|weather| *weather == wanted).await;
}
