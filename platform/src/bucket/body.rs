//! Reading objects over a network: a connection that breaks or falls silent in the middle is taken
//! up again where it was, and the bytes of a whole object are checked against its checksum.

use std::io::{Error as IoError, ErrorKind};
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use super::retry::{self, Fault, SILENCE, retry};
use super::{Error, ObjectBody, ObjectKey, Result};

/// How often one reading may break off.
const BREAKS: u32 = 5;

/// Where bodies come from.
pub(super) trait Source: Clone + Send + Sync + 'static {
    /// Starts to read an object, or the bytes in `range` of it; of that version, if one is named.
    fn open(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
        version: Option<&str>,
    ) -> impl Future<Output = std::result::Result<Opened, Fault>> + Send;

    /// Size of an object.
    fn size(&self, key: &ObjectKey) -> impl Future<Output = Result<Option<u64>>> + Send;
}

/// A body whose first bytes are on their way.
pub(super) struct Opened {
    /// Bytes of the whole object.
    pub(super) size: u64,
    /// Tells this object from a later one under the same key.
    pub(super) version: Option<String>,
    /// CRC-32C (RFC 3720 § 12.1) of the whole object, where the bucket keeps one.
    pub(super) crc32c: Option<u32>,
    /// The bytes.
    pub(super) blocks: BoxStream<'static, std::result::Result<Bytes, Fault>>,
}

/// Reads an object, or the bytes in `range` of it.
pub(super) async fn read<S: Source>(
    source: &S,
    key: &ObjectKey,
    range: Option<Range<u64>>,
) -> Result<ObjectBody> {
    read_within(source, key, range, SILENCE).await
}

async fn read_within<S: Source>(
    source: &S,
    key: &ObjectKey,
    range: Option<Range<u64>>,
    silence: Duration,
) -> Result<ObjectBody> {
    if range.as_ref().is_some_and(Range::is_empty) {
        let size = source.size(key).await?.ok_or_else(|| Error::NotFound(key.to_string()))?;
        return Ok(ObjectBody { size, blocks: stream::empty().boxed() });
    }
    let opened = retry("get", || source.open(key, range.clone(), None)).await?;
    let expected = opened.crc32c.filter(|_| range.is_none());
    let reading = Reading {
        source: source.clone(),
        key: key.clone(),
        rest: range.unwrap_or(0..opened.size),
        version: opened.version,
        blocks: opened.blocks,
        silence,
        breaks: 0,
        crc32c: 0,
        expected,
    };
    let blocks = stream::try_unfold(reading, Reading::next).into_stream();
    Ok(ObjectBody { size: opened.size, blocks: blocks.boxed() })
}

struct Reading<S> {
    source: S,
    key: ObjectKey,
    /// What has not come yet.
    rest: Range<u64>,
    version: Option<String>,
    blocks: BoxStream<'static, std::result::Result<Bytes, Fault>>,
    /// Longest wait for the next block.
    silence: Duration,
    /// How often it broke off.
    breaks: u32,
    /// Of what has come.
    crc32c: u32,
    /// Of the whole object, when all of it is read.
    expected: Option<u32>,
}

impl<S: Source> Reading<S> {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        loop {
            if self.rest.is_empty() {
                return self.check().map(|()| None);
            }
            match self.block().await {
                Ok(block) => {
                    self.rest.start += block.len() as u64;
                    if self.expected.is_some() {
                        self.crc32c = crc32c::crc32c_append(self.crc32c, &block);
                    }
                    return Ok(Some((block, self)));
                }
                Err(Fault::Lasting(error)) => return Err(error),
                Err(Fault::Passing(error)) => self.reopen(error).await?,
            }
        }
    }

    async fn block(&mut self) -> std::result::Result<Bytes, Fault> {
        match tokio::time::timeout(self.silence, self.blocks.next()).await {
            Ok(Some(Ok(block))) if block.len() as u64 > self.rest.end - self.rest.start => {
                let error = IoError::new(ErrorKind::InvalidData, "more bytes came than asked for");
                Err(Fault::Lasting(Error::Io(error)))
            }
            Ok(Some(block)) => block,
            Ok(None) => Err(Fault::broken(ErrorKind::UnexpectedEof, "the object broke off")),
            Err(_) => Err(Fault::broken(ErrorKind::TimedOut, "the object ceased to come")),
        }
    }

    async fn reopen(&mut self, error: Error) -> Result<()> {
        self.breaks += 1;
        if self.breaks > BREAKS {
            return Err(error);
        }
        retry::again("get", &error);
        tokio::time::sleep(retry::FIRST_PAUSE).await;
        let (rest, version) = (Some(self.rest.clone()), self.version.as_deref());
        let opened = retry("get", || self.source.open(&self.key, rest.clone(), version)).await?;
        self.blocks = opened.blocks;
        Ok(())
    }

    fn check(&self) -> Result<()> {
        match self.expected {
            Some(expected) if expected != self.crc32c => Err(Error::Corrupt(self.key.to_string())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Gives so many bytes each time, and then falls silent.
    #[derive(Clone)]
    struct Silent {
        content: Bytes,
        each: usize,
        opened: Arc<AtomicU32>,
    }

    impl Source for Silent {
        async fn open(
            &self,
            _: &ObjectKey,
            range: Option<Range<u64>>,
            _: Option<&str>,
        ) -> std::result::Result<Opened, Fault> {
            self.opened.fetch_add(1, Ordering::Relaxed);
            let start = range.map_or(0, |range| usize::try_from(range.start).unwrap());
            let end = self.content.len().min(start + self.each);
            let part = stream::iter([Ok(self.content.slice(start..end))]);
            Ok(Opened {
                size: self.content.len() as u64,
                version: None,
                crc32c: Some(crc32c::crc32c(&self.content)),
                blocks: part.chain(stream::pending()).boxed(),
            })
        }

        async fn size(&self, _: &ObjectKey) -> Result<Option<u64>> {
            Ok(Some(self.content.len() as u64))
        }
    }

    async fn read_silent(each: usize) -> (u32, Result<Vec<u8>>) {
        let content = Bytes::from((0..=249).cycle().take(1000).collect::<Vec<u8>>());
        let source = Silent { content, each, opened: Arc::default() };
        let key = ObjectKey::source();
        let silence = Duration::from_millis(1);
        let body = read_within(&source, &key, None, silence).await.unwrap();
        let blocks: Result<Vec<Bytes>> = body.blocks.try_collect().await;
        (source.opened.load(Ordering::Relaxed), blocks.map(|blocks| blocks.concat()))
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_is_taken_up_where_it_was() {
        let (opened, read) = read_silent(300).await;
        assert_eq!(opened, 4);
        assert!(read.unwrap().into_iter().eq((0..=249).cycle().take(1000)));
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_again_and_again_ends_in_an_error() {
        let (opened, read) = read_silent(100).await;
        assert_eq!(opened, BREAKS + 1);
        assert!(matches!(read, Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut));
    }
}
