//! Tasks of files that their owners put into the bucket themselves. The bytes are not read here:
//! they are copied inside the bucket to a name that nobody else may write to.

use actix_web::{HttpRequest, web};
use platform::db::Upload as Offered;
use platform::digest;
use uuid::Uuid;

use super::again::Pairs;
use super::form::{Filled, OFFERED, Source, too_large};
use super::name::FileName;
use super::store::{PendingObject, Upload};
use super::wishes::{Wishes, duplicate, missing};
use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::request::body;
use crate::state::State;
use crate::uploads;

/// A file that a task can be made of.
pub(super) struct Arrived {
    pub(super) name: FileName,
    pub(super) upload: Upload,
    /// The offer by which it came.
    pub(super) offer: Option<Uuid>,
}

/// Reads a body without a file in it.
pub(super) async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Filled, Problem> {
    let Pairs(pairs) = body::read(request, payload).await?;
    let mut wishes = Wishes::default();
    let mut offered = None;
    for (name, value) in pairs {
        match name.as_str() {
            OFFERED if offered.is_some() => return Err(duplicate(OFFERED)),
            OFFERED => offered = Some(value),
            name => wishes.set(name, &value)?,
        }
    }
    let source = Source::Offered(offered.ok_or_else(|| missing(OFFERED))?);
    Ok(Filled { wishes, source })
}

/// What stands in place of the checksum of an upload's bytes.
pub(super) fn digest_of(upload: &str) -> Result<String, Problem> {
    let upload = upload.parse().map_err(|_| Code::UploadNotFound)?;
    Ok(digest::of_unhashed(upload))
}

/// Takes the file over that was put to the caller's upload of this name.
pub(super) async fn take_over(
    state: &State,
    caller: Caller,
    upload: &str,
) -> Result<Arrived, Problem> {
    let open = uploads::find(state, caller, upload).await?;
    let offered = open.row();
    let size = state.seams.bucket.size(&offered.object_key).await?;
    let size = size.ok_or(Code::UploadIncomplete)?;
    check_size(state, offered, size)?;
    let object = PendingObject::new(state);
    // It may have been put once more since, so that what counts is the copy.
    let size = object.copy(&offered.object_key).await?;
    check_size(state, offered, size)?;
    Ok(Arrived {
        name: FileName::sanitised(&offered.filename),
        upload: Upload { size, digest: digest::of_unhashed(offered.id), object: Some(object) },
        offer: Some(offered.id),
    })
}

fn check_size(state: &State, offered: &Offered, size: u64) -> Result<(), Problem> {
    let most = state.config.max_upload_size.as_u64();
    match offered.size.and_then(|size| u64::try_from(size).ok()) {
        _ if size > most => Err(too_large(most)),
        _ if size == 0 => Err(Code::EmptyFile.into()),
        Some(announced) if announced != size => {
            let detail = format!(
                "The bucket has {size} bytes of the file, and {announced} were announced. \
                 Put it to the upload's url again."
            );
            Err(Problem::new(Code::UploadIncomplete, detail))
        }
        _ => Ok(()),
    }
}
