use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::link;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::still_works;
use crate::app::{App, problem};

const PROTECTED: [(&str, &str); 9] = [
    ("POST", "/api/auth/logout"),
    ("GET", "/api/tasks"),
    ("HEAD", "/api/tasks"),
    ("POST", "/api/tasks"),
    ("POST", "/api/task"),
    ("GET", "/api/tasks/1"),
    ("PUT", "/api/tasks/1"),
    ("DELETE", "/api/tasks/1"),
    ("GET", "/api/files/00000000-0000-4000-8000-000000000000"),
];

/// The parts of a token that would be good.
struct Parts {
    header: Value,
    claims: Value,
    secret: Vec<u8>,
}

impl Parts {
    async fn good(app: &App) -> Self {
        let token = app.sign_up("ada").await;
        let middle = token.split('.').nth(1).unwrap();
        let claims = serde_json::from_slice(&from_base64(middle)).unwrap();
        let header = json!({"alg": "HS256", "typ": "JWT"});
        Self { header, claims, secret: app.seams.secret.bytes().to_vec() }
    }

    fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        self.sign(&claims, Algorithm::HS256)
    }

    fn without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        self.sign(&claims, Algorithm::HS256)
    }

    fn sign(&self, claims: &Value, algorithm: Algorithm) -> String {
        let key = EncodingKey::from_secret(&self.secret);
        jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    /// The token with another header and no fitting signature.
    fn unsigned(&self, algorithm: &str, signature: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(algorithm);
        let (header, claims) =
            (to_base64(&header.to_string()), to_base64(&self.claims.to_string()));
        format!("{header}.{claims}.{signature}")
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn to_base64(text: &str) -> String {
    let bits: Vec<u8> =
        text.bytes().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1)).collect();
    let sextet = |bits: &[u8]| {
        bits.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)) << (6 - bits.len())
    };
    bits.chunks(6).map(|bits| char::from(ALPHABET[sextet(bits)])).collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    let place = |byte: u8| ALPHABET.iter().position(|found| *found == byte).unwrap();
    let bits: Vec<usize> =
        text.bytes().flat_map(|byte| (0..6).rev().map(move |n| place(byte) >> n & 1)).collect();
    let octet =
        |bits: &[usize]| u8::try_from(bits.iter().fold(0, |sum, bit| sum << 1 | bit)).unwrap();
    bits.chunks_exact(8).map(octet).collect()
}

async fn answer(app: &App, token: &str) -> u16 {
    app.get("/api/tasks").bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn tokens_that_were_forged_or_meant_for_something_else_are_refused() {
    let app = App::start().await;
    let parts = Parts::good(&app).await;
    let good = parts.sign(&parts.claims, Algorithm::HS256);
    assert_eq!(answer(&app, &good).await, 200, "the untouched token works");
    let signature = good.rsplit('.').next().unwrap();
    let later = app.seams.db.now() + Duration::from_hours(1);
    let mut forged = vec![
        ("no signature", parts.unsigned("none", "")),
        ("alg none", parts.unsigned("None", "")),
        ("alg none with a signature", parts.unsigned("none", signature)),
        ("alg RS256", parts.unsigned("RS256", signature)),
        ("alg unknown", parts.unsigned("XX999", signature)),
        ("HS384", parts.sign(&parts.claims, Algorithm::HS384)),
        ("HS512", parts.sign(&parts.claims, Algorithm::HS512)),
        (
            "another's secret",
            Parts { secret: vec![1; 32], header: json!({}), claims: parts.claims.clone() }
                .sign(&parts.claims, Algorithm::HS256),
        ),
        ("a link", link::sign(&app.seams.secret, Uuid::new_v4(), later).unwrap()),
        ("another audience", parts.with("aud", json!("link"))),
        ("another issuer", parts.with("iss", json!("somebody"))),
        ("no user", parts.with("sub", json!(""))),
        ("a user that is no number", parts.with("sub", json!("1 or 1=1"))),
        ("a user that is no text", parts.with("sub", json!(1))),
        ("no token id", parts.with("jti", json!("x"))),
        ("an end that is no number", parts.with("exp", json!("soon"))),
        ("an end before all calendars", parts.with("exp", json!(-1))),
        ("an end beyond all calendars", parts.with("exp", json!(i64::MAX))),
        ("cut off", good[..good.len() - 1].to_owned()),
        ("prolonged", format!("{good}A")),
        ("a fourth part", format!("{good}.{signature}")),
        ("claims of another user", {
            let mut claims = parts.claims.clone();
            claims["sub"] = json!("1");
            let header = good.split('.').next().unwrap();
            format!("{header}.{}.{signature}", to_base64(&claims.to_string()))
        }),
        ("empty", String::new()),
        ("dots", "..".into()),
        ("long", "a".repeat(8000)),
        ("words", "not a token".into()),
    ];
    for claim in ["aud", "iss", "sub", "exp", "jti", "iat"] {
        forged.push((claim, parts.without(claim)));
    }
    for (what, token) in &forged {
        let response = app.get("/api/tasks").bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 401, "{what}");
        crate::app::any_problem(response).await;
    }
    still_works(&app).await;
}

#[tokio::test]
async fn an_ended_token_and_one_of_an_unknown_user_are_refused() {
    let app = App::start().await;
    let parts = Parts::good(&app).await;
    for end in [0, 1, app.seams.db.now().timestamp() - 1] {
        let request = app.get("/api/tasks").bearer_auth(parts.with("exp", json!(end)));
        problem(request.send().await.unwrap(), 401, "expired_token").await;
    }
    let unknown = app.get("/api/tasks").bearer_auth(parts.with("sub", json!("7")));
    problem(unknown.send().await.unwrap(), 401, "revoked_token").await;
}

#[tokio::test]
async fn without_a_login_nothing_that_needs_one_is_reached() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let headers = [
        None,
        Some(String::new()),
        Some("Bearer".into()),
        Some("Bearer ".into()),
        Some("Basic YWRhOnB3".into()),
        Some(token.clone()),
        Some(format!("Token {token}")),
        Some(format!("Bearer {token} {token}")),
        Some(format!("Bearer  x{token}")),
        Some("Bearer \u{fc}".into()),
    ];
    for (method, path) in PROTECTED {
        for header in &headers {
            let mut request = app.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{method} {path} {header:?}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }
    let twice = app.get("/api/tasks").bearer_auth(&token).header("authorization", "Bearer x");
    problem(twice.send().await.unwrap(), 401, "invalid_token").await;
}
