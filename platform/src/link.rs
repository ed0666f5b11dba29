//! Signed links: whoever holds one may fetch one task's files, without a login.

use chrono::DateTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Time;
use crate::secret::Secret;

/// Tells a link's token from a login's, which is signed with the same secret.
const AUDIENCE: &str = "link";

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
    let claims = Claims { aud: AUDIENCE.into(), sub: file, exp: expires_at.timestamp() };
    let key = EncodingKey::from_secret(secret.bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
}

/// The files that a link's token gives access to at the time `now`, if it is genuine.
#[must_use]
pub fn verify(secret: &Secret, token: &str, now: Time) -> Option<Uuid> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[AUDIENCE]);
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(secret.bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules).ok()?.claims;
    let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
    (now < expires_at).then_some(claims.sub)
}
