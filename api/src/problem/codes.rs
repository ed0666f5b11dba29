//! The one table of what can go wrong in this tier: code, HTTP status, title, and what to do.

use actix_web::http::StatusCode;

/// A row of the table of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// Stable and fit for machines.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What it is called.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($name:ident $status:literal $code:literal $title:literal $explanation:literal)+) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($name),+ }

        impl Code {
            /// The row of the table.
            pub(crate) fn description(self) -> &'static Description {
                match self {
                    $(Self::$name => &Description {
                        code: $code, status: $status, title: $title, explanation: $explanation,
                    }),+
                }
            }
        }

        /// Every code that this tier answers with.
        #[must_use]
        pub fn codes() -> Vec<&'static Description> {
            vec![$(Code::$name.description()),+]
        }
    };
}

codes! {
    MalformedBody 400 "malformed_body" "Malformed body"
        "The body could not be read as what its Content-Type says. Compare it with /docs."
    MalformedParameter 400 "malformed_parameter" "Malformed parameter"
        "A query parameter is unknown, repeated or has a value that is not allowed; `detail` names it."
    MalformedHeader 400 "malformed_header" "Malformed header"
        "A request header has a value that is not allowed; `detail` names it."
    MissingField 400 "missing_field" "Missing field"
        "The body lacks a field; `detail` names it."
    DuplicateField 400 "duplicate_field" "Duplicate field"
        "The body has a field more than once; `detail` names it."
    EmptyFile 400 "empty_file" "Empty file"
        "The uploaded file has no bytes."
    FormatNotAllowed 400 "format_not_allowed" "Format not allowed"
        "newFormat is one of mp3, aac, ogg, wav and wma."
    UnsupportedOption 400 "unsupported_option" "Unsupported option"
        "The option is not known to this version; leave it out."
    InvalidBitrate 400 "invalid_bitrate" "Invalid bitrate"
        "8000 to 1024000 bits/s, or 8k to 1024k; not for wav, which has bitDepth."
    InvalidSampleRate 400 "invalid_sample_rate" "Invalid sampleRate"
        "4000 to 384000 Hz."
    InvalidChannels 400 "invalid_channels" "Invalid channels"
        "1 to 8."
    InvalidBitDepth 400 "invalid_bit_depth" "Invalid bitDepth"
        "16, 24, 32 or float, and only for wav."
    InvalidTrimStart 400 "invalid_trim_start" "Invalid trimStart"
        "0 to 10000000 seconds from the source's start."
    InvalidTrimEnd 400 "invalid_trim_end" "Invalid trimEnd"
        "0 to 10000000 seconds from the source's start, and after trimStart."
    InvalidGain 400 "invalid_gain" "Invalid gain"
        "-120 to 60 dB."
    InvalidKeepTags 400 "invalid_keep_tags" "Invalid keepTags"
        "true or false."
    InvalidKeepArt 400 "invalid_keep_art" "Invalid keepArt"
        "true or false."
    InvalidUsername 400 "invalid_username" "Invalid user name"
        "3 to 64 letters, digits, dots, underscores or hyphens."
    InvalidEmail 400 "invalid_email" "Invalid e-mail address"
        "An address such as name@example.org, at most 254 bytes."
    InvalidPassword 400 "invalid_password" "Password breaks the rule"
        "`detail` states the rule for passwords."
    PasswordsDiffer 400 "passwords_differ" "Passwords differ"
        "password1 and password2 must be the same."
    MissingToken 401 "missing_token" "Login required"
        "Send the token of a login as `Authorization: Bearer …`."
    InvalidToken 401 "invalid_token" "Invalid token"
        "The token is not one of ours. Log in again."
    ExpiredToken 401 "expired_token" "Expired token"
        "The login has ended by its age. Log in again."
    RevokedToken 401 "revoked_token" "Revoked token"
        "The token was logged out. Log in again."
    InvalidCredentials 401 "invalid_credentials" "Invalid credentials"
        "No account has this name and this password."
    InvalidLink 401 "invalid_link" "Invalid link"
        "The link has expired or was changed. Fetch a new one from the task, or use a login."
    NotFound 404 "not_found" "Not found"
        "There is nothing under this address."
    TaskNotFound 404 "task_not_found" "Task not found"
        "You have no task with this number."
    FileNotFound 404 "file_not_found" "File not found"
        "You have no file with this name."
    UploadNotFound 404 "upload_not_found" "Upload not found"
        "You have no upload with this `upload_id`, or it ended long ago. Ask for a new one."
    MethodNotAllowed 405 "method_not_allowed" "Method not allowed"
        "The header `Allow` lists the methods that this address takes."
    RequestTimeout 408 "request_timeout" "Request too slow"
        "The body did not arrive in time. Send it again over a faster connection."
    UsernameTaken 409 "username_taken" "User name taken"
        "Another account has this name; names are compared without regard to case."
    EmailTaken 409 "email_taken" "E-mail address taken"
        "Another account has this address; addresses are compared without regard to case."
    NotReady 409 "not_ready" "Not converted yet"
        "The conversion has not ended. Ask again when the task's status is `processed`."
    ConversionFailed 409 "conversion_failed" "Conversion failed"
        "There is no result, since the conversion failed. The code is the task's own where it has one."
    UploadIncomplete 409 "upload_incomplete" "Upload incomplete"
        "The bucket does not have the whole file. Put it to the upload's `url` and ask again."
    UploadUsed 409 "upload_used" "Upload used before"
        "A task was made of this upload already. Upload the file again for another, or convert that task again."
    Expired 410 "expired" "No longer kept"
        "The file's retention has ended. Upload it again."
    UploadExpired 410 "upload_expired" "Upload ended"
        "The time to put the file and to make a task of it is over. Ask for a new upload."
    PreconditionFailed 412 "precondition_failed" "Precondition failed"
        "The file is not the one that `If-Match` names."
    UploadTooLarge 413 "upload_too_large" "Upload too large"
        "The file is larger than this server takes; `detail` states the limit."
    BodyTooLarge 413 "body_too_large" "Body too large"
        "The body, or a text field in it, is larger than this address takes."
    UnsupportedMediaType 415 "unsupported_media_type" "Unsupported media type"
        "The body's Content-Type is not one that this address takes; `detail` lists them."
    RangeNotSatisfiable 416 "range_not_satisfiable" "Range not satisfiable"
        "The range lies outside the file; `Content-Range` states its size."
    IdempotencyKeyReused 422 "idempotency_key_reused" "Idempotency-Key used before"
        "The key was used for another file, format or options. Use a new one for each upload."
    TooManyRequests 429 "too_many_requests" "Too many requests"
        "Wait for the seconds in `Retry-After`."
    TooManyLogins 429 "too_many_logins" "Too many logins"
        "Too many attempts to sign up or log in from this address. Wait as `Retry-After` says."
    PasswordsBusy 429 "passwords_busy" "Too many logins at once"
        "More people log in now than the server can check. Wait as `Retry-After` says."
    TooManyUploads 429 "too_many_uploads" "Too many uploads at once"
        "Wait until one of your running uploads has ended."
    TooManyTasks 429 "too_many_tasks" "Too many unfinished tasks"
        "Wait until some of your tasks have ended, or delete some."
    Internal 500 "internal" "Internal error"
        "A fault of ours. Give the `X-Request-Id` of the answer when you report it."
    QueueFull 503 "queue_full" "Too much work waiting"
        "The server takes no more conversions for now. Wait as `Retry-After` says."
    StorageFull 503 "storage_full" "Storage full"
        "The server has no room for files. Wait as `Retry-After` says."
    Unavailable 503 "unavailable" "Temporarily unavailable"
        "A part of the server does not answer. Wait as `Retry-After` says."
    Unready 503 "unready" "Not ready"
        "`checks` tells which part of the server does not answer, or that it is stopping."
    NoConverter 503 "no_converter" "No converter"
        "No converter was heard of in the last 30 seconds; conversions wait until one is back."
    PingUnanswered 504 "ping_unanswered" "Ping unanswered"
        "No converter answered through the queue in time."
}

impl Code {
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.description().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_used_once_and_has_a_status_of_an_error() {
        let codes: HashSet<_> = codes().iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), super::codes().len());
        assert!(super::codes().iter().all(|row| (400..600).contains(&row.status)));
    }
}
