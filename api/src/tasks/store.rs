//! An upload on its way to the bucket. It is counted, hashed and written in a task of the
//! program's runtime, which ends well however the request ends: the request feeds it blocks, and
//! when it stops doing so without saying that this was all, nothing is left behind.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::poll_fn;
use platform::bucket::{self, ObjectKey};
use platform::seams::Seams;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::problem::{Code, Problem};
use crate::state::State;

/// Bytes that are gathered before they are handed over; sockets give far smaller pieces.
const BLOCK: usize = 256 * 1024;

/// Blocks on their way at a time; a slow bucket slows the client down.
const BLOCKS: usize = 2;

enum Piece {
    Block(Bytes),
    /// All blocks are there.
    End,
}

/// Where the request puts the bytes of a file.
pub(crate) struct Intake {
    gathered: BytesMut,
    pieces: mpsc::Sender<Piece>,
    done: JoinHandle<Result<Upload, Problem>>,
}

/// A file that arrived whole.
pub(crate) struct Upload {
    /// Bytes.
    pub(super) size: u64,
    /// SHA-256, hexadecimal, or what stands in its place.
    pub(super) digest: String,
    /// Where it lies, if a task is to name it.
    pub(super) object: Option<PendingObject>,
}

/// Where the bytes go.
enum Destination {
    /// To an object that a task is to name.
    New(PendingObject),
    /// To an object that was offered, in place of what may be there.
    Offered(State, ObjectKey),
    Nowhere,
}

impl Intake {
    /// A file that is stored.
    pub(super) fn storing(state: &State) -> Self {
        Self::start(state, Destination::New(PendingObject::new(state)))
    }

    /// A file that is stored as an object which was offered to its owner.
    pub(crate) fn replacing(state: &State, key: ObjectKey) -> Self {
        Self::start(state, Destination::Offered(state.clone(), key))
    }

    /// A file that is only hashed, since it is expected to be there already.
    pub(super) fn hashing(state: &State) -> Self {
        Self::start(state, Destination::Nowhere)
    }

    fn start(state: &State, destination: Destination) -> Self {
        let (pieces, arriving) = mpsc::channel(BLOCKS);
        let done = state.start(receive(arriving, destination));
        Self { gathered: BytesMut::with_capacity(BLOCK), pieces, done }
    }

    /// Takes the next bytes. `false`: the bucket has failed; [`finish`](Self::finish) tells why.
    pub(crate) async fn take(&mut self, bytes: &Bytes) -> bool {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() < BLOCK {
            return true;
        }
        let block = std::mem::replace(&mut self.gathered, BytesMut::with_capacity(BLOCK));
        self.pieces.send(Piece::Block(block.freeze())).await.is_ok()
    }

    /// Says that these were all bytes, and waits until they are stored.
    pub(crate) async fn finish(mut self) -> Result<Upload, Problem> {
        let rest = std::mem::take(&mut self.gathered).freeze();
        // When nobody takes them any more, `done` has the reason.
        let _ = self.pieces.send(Piece::Block(rest)).await;
        let _ = self.pieces.send(Piece::End).await;
        self.done.await.unwrap_or_else(|error| Err(Problem::caused(Code::Internal, error)))
    }
}

async fn receive(
    mut pieces: mpsc::Receiver<Piece>,
    destination: Destination,
) -> Result<Upload, Problem> {
    let mut hash = Sha256::new();
    let mut size = 0;
    let blocks = counted(&mut pieces, &mut hash, &mut size);
    let stored = match &destination {
        Destination::New(object) => object.put(blocks).await,
        Destination::Offered(state, key) => {
            state.seams.bucket.put(key, blocks).await.map(|_| ()).map_err(Problem::from)
        }
        Destination::Nowhere => drain(blocks).await,
    };
    // On failure dropping the object deletes what may be there of it.
    stored?;
    let object = match destination {
        Destination::New(object) => Some(object),
        Destination::Offered(..) | Destination::Nowhere => None,
    };
    Ok(Upload { size, digest: hexadecimal(&hash.finalize()), object })
}

/// The blocks, counted and hashed as they pass; an error when they end too early.
fn counted<'a>(
    pieces: &'a mut mpsc::Receiver<Piece>,
    hash: &'a mut Sha256,
    size: &'a mut u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'a {
    let mut ended = false;
    poll_fn(move |context| {
        if ended {
            return None.into();
        }
        pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Block(block)) => {
                hash.update(&block);
                *size += block.len() as u64;
                Some(Ok(block))
            }
            Some(Piece::End) => {
                ended = true;
                None
            }
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    })
}

async fn drain(blocks: impl Stream<Item = io::Result<Bytes>>) -> Result<(), Problem> {
    let drained = futures_util::TryStreamExt::try_for_each(blocks, |_| async { Ok(()) }).await;
    drained.map_err(|error| Problem::from(bucket::Error::Source(error)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An object that no task names yet. Unless it is [kept](Self::keep), it goes when this is dropped.
pub(crate) struct PendingObject {
    state: State,
    /// Present until kept.
    key: Option<ObjectKey>,
}

impl PendingObject {
    pub(super) fn new(state: &State) -> Self {
        Self { state: state.clone(), key: Some(ObjectKey::source()) }
    }

    async fn put(
        &self,
        blocks: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<(), Problem> {
        let Some(key) = &self.key else { return Err(Code::Internal.into()) };
        self.state.seams.db.intend_object(key).await?;
        self.state.seams.bucket.put(key, blocks).await?;
        Ok(())
    }

    /// Copies another object inside the bucket, and returns its bytes.
    pub(super) async fn copy(&self, from: &ObjectKey) -> Result<u64, Problem> {
        let Some(key) = &self.key else { return Err(Code::Internal.into()) };
        self.state.seams.db.intend_object(key).await?;
        self.state.seams.bucket.copy(from, key).await?;
        let size = self.state.seams.bucket.size(key).await?;
        size.ok_or_else(|| Code::Unavailable.into())
    }

    /// Hands the object over to whoever makes a task name it.
    pub(super) fn keep(mut self) -> Option<ObjectKey> {
        self.key.take()
    }
}

impl Drop for PendingObject {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let seams = self.state.seams.clone();
            self.state.start(async move { discard(&seams, &key).await });
        }
    }
}

/// Deletes an object that no task names. What fails here, the sweeper does later.
pub(super) async fn discard(seams: &Seams, key: &ObjectKey) {
    let discarded: Result<(), Problem> = async {
        if seams.db.abandon_object(key).await? {
            seams.bucket.delete(key).await?;
            seams.db.mark_object_gone(key).await?;
        }
        Ok(())
    }
    .await;
    if let Err(problem) = discarded {
        warn!(%key, cause = problem.cause(), "an unused upload is left to the sweeper");
    }
}
