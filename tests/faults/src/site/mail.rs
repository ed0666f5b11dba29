//! A mail server that notes every mail, and refuses some for now.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;
use crate::journal::{Entry, Journal};

/// The server; it ends with the runtime.
#[derive(Debug)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    /// Of a hundred mails, so many are put off.
    refused: Arc<AtomicU8>,
}

impl MailServer {
    pub(crate) async fn start(journal: Journal) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let refused = Arc::new(AtomicU8::new(0));
        let shared = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (journal, refused) = (journal.clone(), Arc::clone(&shared));
                // A client that hangs up is none of the server's concern.
                tokio::spawn(async move { talk(stream, &journal, &refused).await.ok() });
            }
        });
        Ok(Self { address, refused })
    }

    /// Puts off so many of a hundred mails.
    pub(crate) fn refuse(&self, percent: u8) {
        self.refused.store(percent, Ordering::Relaxed);
    }
}

async fn talk(stream: TcpStream, journal: &Journal, refused: &AtomicU8) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 sink ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let refuse = rand::random_range(0..100) < refused.load(Ordering::Relaxed);
        let answer = match verb.as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
            "RCPT" if refuse => "451 4.7.1 try again later\r\n",
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut id = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    if let Some(value) = header(&line, "message-id") {
                        value.clone_into(&mut id);
                    }
                }
                journal.note(&Entry::Mail { id, at: journal.now() });
                "250 stored\r\n"
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 fine\r\n",
        };
        writing.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then_some(value.trim())
}
