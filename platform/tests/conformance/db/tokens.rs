//! Tokens that were logged out.

use std::time::Duration;

use platform::db::Db;
use uuid::Uuid;

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_token_is_revoked_once_and_for_all,
    a_login_ends_with_its_token_or_its_user,
    only_revocations_of_expired_tokens_are_forgotten,
];

async fn a_token_is_revoked_once_and_for_all(db: Db) {
    let (token, other) = (Uuid::new_v4(), Uuid::new_v4());
    let ends = db.now() + Duration::from_mins(1);
    assert!(!db.is_token_revoked(token).await.unwrap());
    for _ in 0..2 {
        db.revoke_token(token, ends).await.unwrap();
        assert!(db.is_token_revoked(token).await.unwrap());
    }
    assert!(!db.is_token_revoked(other).await.unwrap());
}

async fn a_login_ends_with_its_token_or_its_user(db: Db) {
    let user = given::user(&db, "ann").await.id;
    let (token, other) = (Uuid::new_v4(), Uuid::new_v4());
    db.revoke_token(token, db.now() + Duration::from_mins(1)).await.unwrap();
    assert!(!db.is_session_valid(user, token).await.unwrap());
    assert!(db.is_session_valid(user, other).await.unwrap());
    assert!(!db.is_session_valid(user + 1, other).await.unwrap());
}

async fn only_revocations_of_expired_tokens_are_forgotten(db: Db) {
    let (expired, valid) = (Uuid::new_v4(), Uuid::new_v4());
    db.revoke_token(expired, db.now() - Duration::from_micros(1)).await.unwrap();
    db.revoke_token(valid, db.now() + Duration::from_mins(1)).await.unwrap();
    db.forget_expired_tokens().await.unwrap();
    assert!(!db.is_token_revoked(expired).await.unwrap());
    assert!(db.is_token_revoked(valid).await.unwrap());
}
