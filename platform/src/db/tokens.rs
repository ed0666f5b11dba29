//! Tokens that were logged out; the table is shared, so that every instance sees them.

use uuid::Uuid;

use super::{Db, Result, on};
use crate::clock::Time;

const REVOKE: &str = "insert into revoked_tokens (token_id, expires_at) values ($1, $2) \
    on conflict do nothing";

const IS_REVOKED: &str = "select count(*) from revoked_tokens where token_id = $1";

const IS_SESSION_VALID: &str = "select count(*) from users where id = $1 \
    and not exists (select 1 from revoked_tokens where token_id = $2)";

const FORGET: &str = "delete from revoked_tokens where expires_at < $1";

impl Db {
    /// Makes the token worthless from now on. `expires_at` is when it would end by itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(&self, token: Uuid, expires_at: Time) -> Result<()> {
        on!(self, |pool| sqlx::query(REVOKE)
            .bind(token)
            .bind(expires_at)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Whether the token was revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_token_revoked(&self, token: Uuid) -> Result<bool> {
        let count: i64 =
            on!(self, |pool| sqlx::query_scalar(IS_REVOKED).bind(token).fetch_one(pool).await)?;
        Ok(count > 0)
    }

    /// Whether the user exists and the token was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_session_valid(&self, user: i64, token: Uuid) -> Result<bool> {
        let count: i64 = on!(self, |pool| sqlx::query_scalar(IS_SESSION_VALID)
            .bind(user)
            .bind(token)
            .fetch_one(pool)
            .await)?;
        Ok(count > 0)
    }

    /// Forgets revocations of tokens that have expired since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_expired_tokens(&self) -> Result<()> {
        let now = self.now();
        on!(self, |pool| sqlx::query(FORGET).bind(now).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
