//! One way from one process to one server, that can be slowed, silenced and cut.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::Result;

/// What happens to bytes on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// They pass.
    Open,
    /// Each piece takes so long.
    Slow(Duration),
    /// They are held back until this is over, and nobody is told.
    Silent,
    /// Connections are closed, and new ones at once.
    Cut,
}

/// A link; it ends with the runtime.
#[derive(Debug)]
pub(crate) struct Link {
    /// Where the process connects to.
    pub(crate) address: SocketAddr,
    passage: watch::Sender<Passage>,
}

impl Link {
    /// A way to `server`.
    pub(crate) async fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (passage, watched) = watch::channel(Passage::Open);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, server, watched.clone()));
            }
        });
        Ok(Self { address, passage })
    }

    pub(crate) fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

async fn connect(near: TcpStream, server: SocketAddr, passage: watch::Receiver<Passage>) {
    if *passage.borrow() == Passage::Cut {
        return;
    }
    // A server that is away looks the same as one that hangs up.
    let Ok(far) = TcpStream::connect(server).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let mut cut = passage.clone();
    tokio::select! {
        _ = cut.wait_for(|now| *now == Passage::Cut) => {}
        _ = async {
            tokio::join!(pump(near_read, far_write, passage.clone()),
                pump(far_read, near_write, passage))
        } => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passage: watch::Receiver<Passage>,
) {
    let mut block = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut block).await {
        if passage.wait_for(|now| *now != Passage::Silent).await.is_err() {
            return;
        }
        let now = *passage.borrow();
        if let Passage::Slow(time) = now {
            tokio::time::sleep(time).await;
        }
        let passed = if count == 0 {
            to.shutdown().await.is_ok() && false
        } else {
            to.write_all(&block[..count]).await.is_ok()
        };
        if !passed {
            return;
        }
    }
}
