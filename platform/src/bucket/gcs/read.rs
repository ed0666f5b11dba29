//! Objects on their way out.

use std::ops::Range;

use futures_util::{StreamExt, stream};
use google_cloud_storage::model_ext::ReadRange;
use google_cloud_storage::read_resume_policy::NeverResume;

use super::{Gcs, fault};
use crate::bucket::body::{Opened, Source};
use crate::bucket::retry::Fault;
use crate::bucket::{ObjectKey, Result};

impl Source for Gcs {
    /// The crate could take up a broken body and check it by itself, but waits for ever for a
    /// silent one, so that all of this is done once, in `body`.
    async fn open(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
        version: Option<&str>,
    ) -> std::result::Result<Opened, Fault> {
        let mut request = self
            .storage
            .read_object(&self.resource, key.as_str())
            .with_read_resume_policy(NeverResume)
            .compute_crc32c(false);
        if let Some(range) = range {
            request =
                request.set_read_range(ReadRange::segment(range.start, range.end - range.start));
        }
        if let Some(generation) = version.and_then(|version| version.parse::<i64>().ok()) {
            request = request.set_generation(generation);
        }
        let response = request.send().await.map_err(|error| fault::of_crate(error, key))?;
        let object = response.object();
        let blocks = stream::unfold((response, key.clone()), async |(mut response, key)| {
            let block = response.next().await?.map_err(|error| fault::of_crate(error, &key));
            Some((block, (response, key)))
        });
        Ok(Opened {
            size: u64::try_from(object.size).unwrap_or(0),
            version: Some(object.generation.to_string()),
            crc32c: object.checksums.and_then(|checksums| checksums.crc32c),
            blocks: blocks.boxed(),
        })
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>> {
        Self::size(self, key).await
    }
}
