//! Tokens of logins: JWT signed with HS256 and nothing else.

use std::time::Duration;

use chrono::DateTime;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use platform::clock::Time;
use platform::secret::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::{Code, Problem};

const ISSUER: &str = "soundmill";
/// Tells a login's token from a link's, which is signed with the same secret.
const AUDIENCE: &str = "session";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// A login that a genuine token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    /// Who logged in.
    pub(crate) user: i64,
    /// Names the token, so that it can be revoked.
    pub(crate) token: Uuid,
    /// When it ends by itself.
    pub(crate) expires_at: Time,
}

/// Makes and reads tokens.
pub(crate) struct Sessions {
    signs: EncodingKey,
    verifies: DecodingKey,
    rules: Validation,
    lifetime: Duration,
}

impl Sessions {
    pub(crate) fn new(secret: &Secret, lifetime: Duration) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Compared to the database's clock instead, without leeway.
        rules.validate_exp = false;
        Self {
            signs: EncodingKey::from_secret(secret.bytes()),
            verifies: DecodingKey::from_secret(secret.bytes()),
            rules,
            lifetime,
        }
    }

    /// A token for this user, and for how long it works.
    pub(crate) fn open(&self, user: i64, now: Time) -> Result<(String, Duration), Problem> {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: user.to_string(),
            jti: Uuid::new_v4(),
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signs)
            .map(|token| (token, self.lifetime))
            .map_err(|error| Problem::caused(Code::Internal, error))
    }

    /// The login that the token stands for, if it is genuine and has not ended. Whether it was
    /// revoked is for the database to say.
    pub(crate) fn read(&self, token: &str, now: Time) -> Result<Session, Problem> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifies, &self.rules)
            .map_err(|error| refusal(&error))?
            .claims;
        let user = claims.sub.parse().map_err(|_| Problem::from(Code::InvalidToken))?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(Code::InvalidToken)?;
        if expires_at <= now {
            return Err(Code::ExpiredToken.into());
        }
        Ok(Session { user, token: claims.jti, expires_at })
    }
}

fn refusal(error: &Error) -> Problem {
    match error.kind() {
        ErrorKind::ExpiredSignature => Code::ExpiredToken.into(),
        _ => Code::InvalidToken.into(),
    }
}
