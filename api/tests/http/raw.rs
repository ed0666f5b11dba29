//! Requests byte by byte, for those that no well-behaved client would send.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::App;

/// Longer than the server waits for anything in these tests; one that hangs fails them.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends the bytes and returns all that comes back until the server closes, or until one whole
/// answer is there.
pub(crate) async fn exchange(app: &App, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    // The server may refuse and close before all is sent.
    let _ = socket.write_all(request).await;
    read(socket).await
}

/// Sends the bytes, says that no more will come, and returns all that comes back.
pub(crate) async fn exchange_and_end(app: &App, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    let _ = socket.write_all(request).await;
    let _ = socket.shutdown().await;
    read(socket).await
}

/// Reads one answer.
pub(crate) async fn read(mut socket: impl AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        let mut block = [0; 4096];
        while !is_whole(&bytes) {
            match socket.read(&mut block).await {
                Ok(0) | Err(_) => break,
                Ok(length) => bytes.extend_from_slice(&block[..length]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the server answers or closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.to_ascii_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length: ").and_then(|length| length.parse::<usize>().ok())
    });
    !head.starts_with("HTTP/1.1 100") && length.is_some_and(|length| body.len() >= length)
}

/// Uploads a form of these parts, each its headers and its body.
pub(crate) async fn upload(app: &App, token: &str, parts: &[&str]) -> String {
    let body = format!("--b\r\n{}\r\n--b--\r\n", parts.join("\r\n--b\r\n"));
    let request = format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(app, request.as_bytes()).await
}
