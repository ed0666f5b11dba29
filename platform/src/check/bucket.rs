//! Tries the bucket on objects of its own.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};

use super::{Fault, Outcome};
use crate::bucket::{Bucket, Error, ObjectKey, OpenError, Result};
use crate::config::Config;

/// Bytes of the object, and where a part of it is read.
const SIZE: usize = 100_000;
const PART: std::ops::Range<u64> = 70_000..70_010;

pub(super) async fn check(config: &Config) -> Outcome {
    let bucket = Bucket::open(&config.bucket_url()).await.map_err(|error| {
        let remedy = match error {
            OpenError::Url(_) | OpenError::Parameter(..) => "Correct BUCKET_URL.",
            OpenError::Credentials(..) => {
                "Correct the credentials in BUCKET_URL, or those that the environment gives."
            }
            OpenError::Folder(..) | OpenError::Refused(..) => {
                "Create what BUCKET_URL names and grant access to it, or correct BUCKET_URL."
            }
        };
        Fault::new(error, remedy)
    })?;
    let (one, other) = (ObjectKey::probe(), ObjectKey::probe());
    let tried = try_objects(&bucket, &one, &other).await;
    let mut deleted = Ok(());
    for key in [&one, &other] {
        deleted = deleted.and(bucket.delete(key).await.map_err(|error| fault("deleted", &error)));
    }
    tried.and(deleted)?;
    match bucket.size(&one).await.map_err(|error| fault("looked for", &error))? {
        None => Ok("objects can be written, read in part, copied and deleted".to_owned()),
        Some(_) => Err(wrong("a deleted object is still there")),
    }
}

async fn try_objects(
    bucket: &Bucket,
    one: &ObjectKey,
    other: &ObjectKey,
) -> std::result::Result<(), Fault> {
    let bytes: Vec<u8> = (0..SIZE).map(|n| u8::try_from(n % 251).unwrap_or(0)).collect();
    let part = usize::try_from(PART.start).unwrap_or(0)..usize::try_from(PART.end).unwrap_or(0);
    let expected = bytes[part].to_vec();
    let blocks = futures_util::stream::iter([Ok(Bytes::from(bytes))]).boxed();
    bucket.put(one, blocks).await.map_err(|error| fault("written", &error))?;
    bucket.copy(one, other).await.map_err(|error| fault("copied", &error))?;
    let read = read(bucket, other).await.map_err(|error| fault("read", &error))?;
    if read == expected { Ok(()) } else { Err(wrong("other bytes were read than were written")) }
}

async fn read(bucket: &Bucket, key: &ObjectKey) -> Result<Vec<u8>> {
    let body = bucket.get(key, Some(PART)).await?;
    let blocks: Vec<Bytes> = body.blocks.try_collect().await?;
    Ok(blocks.concat())
}

fn fault(deed: &str, error: &Error) -> Fault {
    let remedy = match error {
        Error::Full(_) => "Make room where BUCKET_URL points to.",
        Error::NotFound(_) => "Create the bucket that BUCKET_URL names, or correct the name.",
        _ => {
            "Grant the account in use the rights to read, write and delete objects in what \
            BUCKET_URL names, and check that it can be reached."
        }
    };
    Fault::new(format!("an object could not be {deed}: {error}"), remedy)
}

fn wrong(what: &str) -> Fault {
    Fault::new(what, "What BUCKET_URL names does not keep objects as it must; choose another.")
}
