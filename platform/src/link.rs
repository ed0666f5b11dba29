//! Signed links: whoever holds one may fetch one task's files, or put the bytes of one upload,
//! without a login.

use chrono::DateTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Time;
use crate::secret::Secret;

/// What a link is for. It tells its token from others, and from a login's, which are all signed with
/// the same secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Files,
    Upload,
}

impl Audience {
    fn name(self) -> &'static str {
        match self {
            Self::Files => "link",
            Self::Upload => "upload",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: Uuid,
    exp: i64,
}

/// The token of a link to these files that works until `expires_at`.
///
/// # Errors
/// When signing fails, which the library does not rule out.
pub fn sign(
    secret: &Secret,
    file: Uuid,
    expires_at: Time,
) -> Result<String, jsonwebtoken::errors::Error> {
    token(secret, Audience::Files, file, expires_at)
}

/// The files that a link's token gives access to at the time `now`, if it is genuine.
#[must_use]
pub fn verify(secret: &Secret, token: &str, now: Time) -> Option<Uuid> {
    subject(secret, Audience::Files, token, now)
}

/// The token of a link by which this upload may be put until `expires_at`.
///
/// # Errors
/// When signing fails, which the library does not rule out.
pub fn sign_upload(
    secret: &Secret,
    upload: Uuid,
    expires_at: Time,
) -> Result<String, jsonwebtoken::errors::Error> {
    token(secret, Audience::Upload, upload, expires_at)
}

/// The upload that may be put by a link's token at the time `now`, if it is genuine.
#[must_use]
pub fn verify_upload(secret: &Secret, token: &str, now: Time) -> Option<Uuid> {
    subject(secret, Audience::Upload, token, now)
}

fn token(
    secret: &Secret,
    audience: Audience,
    sub: Uuid,
    expires_at: Time,
) -> Result<String, jsonwebtoken::errors::Error> {
    let claims = Claims { aud: audience.name().into(), sub, exp: expires_at.timestamp() };
    let key = EncodingKey::from_secret(secret.bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
}

fn subject(secret: &Secret, audience: Audience, token: &str, now: Time) -> Option<Uuid> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[audience.name()]);
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(secret.bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules).ok()?.claims;
    let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
    (now < expires_at).then_some(claims.sub)
}
