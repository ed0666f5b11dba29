//! Objects on their way out.

use std::ops::Range;

use futures_util::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectStore};

use super::{S3, fault, path};
use crate::bucket::body::{Opened, Source};
use crate::bucket::retry::Fault;
use crate::bucket::{ObjectKey, Result};

impl Source for S3 {
    /// S3 keeps no checksum that holds for objects stored in one part and in many.
    async fn open(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
        version: Option<&str>,
    ) -> std::result::Result<Opened, Fault> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            if_match: version.map(str::to_owned),
            ..GetOptions::default()
        };
        let opened = self.store.get_opts(&path(key), options).await;
        let opened = opened.map_err(|error| fault::of_store(error, key))?;
        let (size, version) = (opened.meta.size, opened.meta.e_tag.clone());
        let key = key.clone();
        let blocks = opened.into_stream().map_err(move |error| fault::of_store(error, &key));
        Ok(Opened { size, version, crc32c: None, blocks: blocks.boxed() })
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        Self::size(self, key).await
    }
}
