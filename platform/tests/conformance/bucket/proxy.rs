//! A proxy that harms what passes through it: real connections, cut, changed, delayed or refused.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// It is closed after so many bytes came back from the server.
    CutAnswer(usize),
    /// It is closed after so many bytes went to the server.
    CutRequest(usize),
    /// It is closed at the first answer after so many bytes went to the server.
    LoseAnswer(usize),
    /// The byte at this place of what comes back is another one.
    Corrupt(usize),
    /// Everything comes back later.
    Delay(Duration),
    /// The proxy answers 503 by itself.
    Refuse,
}

/// A proxy before a server.
pub(super) struct Proxy {
    pub(super) endpoint: String,
    /// What is done to connections, and to how many more of them.
    plan: Arc<Mutex<Option<(Harm, u32)>>>,
    /// Connections that were harmed.
    harmed: Arc<AtomicU32>,
    connections: Arc<Mutex<JoinSet<()>>>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server at `endpoint`.
    pub(super) async fn before(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let route = Route {
            proxy: listener.local_addr().unwrap().to_string(),
            server: endpoint.trim_start_matches("http://").to_owned(),
        };
        let endpoint = format!("http://{}", route.proxy);
        let plan = Arc::new(Mutex::new(None));
        let (harmed, connections) = (Arc::default(), Arc::new(Mutex::new(JoinSet::new())));
        let running = tokio::spawn({
            let (plan, harmed, connections) =
                (Arc::clone(&plan), Arc::clone(&harmed), Arc::clone(&connections));
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    let harm = next(&plan, &harmed);
                    let passing = pass(client, route.clone(), harm);
                    connections.lock().unwrap().spawn(passing);
                }
            }
        });
        Self { endpoint, plan, harmed, connections, running }
    }

    /// Harms the next `times` connections; those that are open are closed.
    pub(super) async fn harm(&self, harm: Harm, times: u32) {
        *self.plan.lock().unwrap() = Some((harm, times));
        self.harmed.store(0, Ordering::SeqCst);
        let mut open = std::mem::take(&mut *self.connections.lock().unwrap());
        open.shutdown().await;
    }

    /// Connections that were harmed since the last call of [`harm`](Self::harm).
    pub(super) fn harmed(&self) -> u32 {
        self.harmed.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn next(plan: &Mutex<Option<(Harm, u32)>>, harmed: &AtomicU32) -> Option<Harm> {
    let mut plan = plan.lock().unwrap();
    let (harm, times) = plan.as_mut().filter(|(_, times)| *times > 0)?;
    *times -= 1;
    harmed.fetch_add(1, Ordering::SeqCst);
    Some(*harm)
}

/// From where to where.
#[derive(Clone)]
struct Route {
    proxy: String,
    server: String,
}

impl Route {
    /// Has answers name the proxy where they name the server, so that nobody is led past it. Both
    /// addresses are as long, as the system hands out ports of five digits.
    fn redirect(&self, answer: &mut [u8]) {
        let (server, proxy) = (self.server.as_bytes(), self.proxy.as_bytes());
        assert_eq!(server.len(), proxy.len());
        let found = answer.windows(server.len()).position(|window| window == server);
        if let Some(at) = found {
            answer[at..at + proxy.len()].copy_from_slice(proxy);
        }
    }
}

async fn pass(mut client: TcpStream, route: Route, harm: Option<Harm>) {
    if harm == Some(Harm::Refuse) {
        return refuse(&mut client).await;
    }
    let Ok(mut server) = TcpStream::connect(&route.server).await else { return };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let requested = AtomicUsize::new(0);
    let request = async {
        let mut block = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut block).await {
            let passed = requested.fetch_add(count, Ordering::SeqCst) + count;
            if matches!(harm, Some(Harm::CutRequest(most)) if passed > most) {
                return;
            }
            if to_server.write_all(&block[..count]).await.is_err() {
                return;
            }
        }
    };
    let answer = async {
        let mut passed = 0;
        let mut block = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut block).await {
            route.redirect(&mut block[..count]);
            match harm {
                Some(Harm::CutAnswer(most)) if passed + count > most => {
                    let _ = to_client.write_all(&block[..most - passed]).await;
                    return;
                }
                Some(Harm::LoseAnswer(after)) if requested.load(Ordering::SeqCst) > after => return,
                Some(Harm::Corrupt(place)) if (passed..passed + count).contains(&place) => {
                    block[place - passed] ^= 1;
                }
                Some(Harm::Delay(delay)) => tokio::time::sleep(delay).await,
                _ => {}
            }
            passed += count;
            if to_client.write_all(&block[..count]).await.is_err() {
                return;
            }
        }
    };
    // Whichever ends first takes the other along.
    tokio::select! {
        () = request => {}
        () = answer => {}
    }
}

async fn refuse(client: &mut TcpStream) {
    let mut block = vec![0; 16 * 1024];
    let _ = client.read(&mut block).await;
    let answer =
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let _ = client.write_all(answer).await;
    let _ = client.shutdown().await;
    // Reads what still comes, since a reset could overtake the answer.
    while let Ok(1..) = client.read(&mut block).await {}
}
