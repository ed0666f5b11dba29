//! Accounts.

use sqlx::FromRow;

use super::{Db, Result, on};
use crate::clock::Time;
use crate::id;

/// An account's row.
#[derive(Debug, Clone, FromRow)]
pub struct User {
    /// Its number.
    pub id: i64,
    /// As typed at sign-up.
    pub username: String,
    /// As typed at sign-up.
    pub email: String,
    /// argon2id in PHC string form.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Time,
}

/// What makes an account.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Unique without regard to case.
    pub username: &'a str,
    /// Unique without regard to case.
    pub email: &'a str,
    /// argon2id in PHC string form.
    pub password_hash: &'a str,
}

/// What became of a sign-up.
#[derive(Debug)]
pub enum SignUp {
    /// The account was made.
    Done(User),
    /// Another account has that name.
    UsernameTaken,
    /// Another account has that address.
    EmailTaken,
}

const CREATE: &str = "insert into users \
    (id, username, username_key, email, email_key, password_hash, created_at) \
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing \
    returning id, username, email, password_hash, created_at";

const USERNAME_TAKEN: &str = "select count(*) from users where username_key = $1";

const EMAIL_TAKEN: &str = "select count(*) from users where email_key = $1";

const FIND: &str = "select id, username, email, password_hash, created_at from users \
    where username_key = $1 or email_key = $1";

const GET: &str = "select id, username, email, password_hash, created_at from users where id = $1";

/// How many times a new number is tried when another process drew the same one.
const NUMBER_TRIES: u32 = 4;

/// The form in which names and addresses are compared.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

impl Db {
    /// Makes an account unless its name or address is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_user(&self, new: &NewUser<'_>) -> Result<SignUp> {
        for _ in 0..NUMBER_TRIES {
            if let Some(user) = self.insert_user(new).await? {
                return Ok(SignUp::Done(user));
            }
            if self.count_users(USERNAME_TAKEN, new.username).await? > 0 {
                return Ok(SignUp::UsernameTaken);
            }
            if self.count_users(EMAIL_TAKEN, new.email).await? > 0 {
                return Ok(SignUp::EmailTaken);
            }
        }
        Err(sqlx::Error::Protocol("no free user number was found".into()).into())
    }

    /// The account that logs in under this name or address, in any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_user(&self, login: &str) -> Result<Option<User>> {
        let key = folded(login);
        Ok(on!(self, |pool| sqlx::query_as(FIND).bind(&key).fetch_optional(pool).await)?)
    }

    /// The account with this number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, id: i64) -> Result<Option<User>> {
        Ok(on!(self, |pool| sqlx::query_as(GET).bind(id).fetch_optional(pool).await)?)
    }

    async fn insert_user(&self, new: &NewUser<'_>) -> Result<Option<User>> {
        let now = self.now();
        let row = on!(self, |pool| sqlx::query_as(CREATE)
            .bind(id::new())
            .bind(new.username)
            .bind(folded(new.username))
            .bind(new.email)
            .bind(folded(new.email))
            .bind(new.password_hash)
            .bind(now)
            .fetch_optional(pool)
            .await)?;
        Ok(row)
    }

    async fn count_users(&self, statement: &'static str, value: &str) -> Result<i64> {
        let key = folded(value);
        Ok(on!(self, |pool| sqlx::query_scalar(statement).bind(&key).fetch_one(pool).await)?)
    }
}
