//! Blocks of any size as parts of one size.

use std::io;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::{Error, Result};

/// A stream of blocks that is taken part by part.
pub(super) struct Parts<S> {
    blocks: Pin<Box<S>>,
    /// Bytes of a part.
    size: usize,
    /// What of a block belongs to the next part.
    rest: Bytes,
}

impl<S: Stream<Item = io::Result<Bytes>> + Send> Parts<S> {
    pub(super) fn new(blocks: S, size: usize) -> Self {
        Self { blocks: Box::pin(blocks), size, rest: Bytes::new() }
    }

    /// The next part; shorter than the others at the end, and empty after it.
    pub(super) async fn next(&mut self) -> Result<Bytes> {
        let mut part = BytesMut::new();
        loop {
            let room = self.size - part.len();
            part.extend_from_slice(&self.rest.split_to(room.min(self.rest.len())));
            if part.len() == self.size {
                return Ok(part.freeze());
            }
            match self.blocks.next().await {
                Some(block) => self.rest = block.map_err(Error::Source)?,
                None => return Ok(part.freeze()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn parts_have_one_size_but_for_the_last() {
        let blocks = ["ab", "", "cdefgh", "i"].map(|block| Ok(Bytes::from(block)));
        let mut parts = Parts::new(stream::iter(blocks).fuse(), 4);
        for expected in ["abcd", "efgh", "i", "", ""] {
            assert_eq!(parts.next().await.unwrap(), expected);
        }
    }
}
