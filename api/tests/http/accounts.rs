use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::{App, expect, problem};

fn signup(name: &str, email: &str, password: &str) -> Value {
    json!({"username": name, "email": email, "password1": password, "password2": password})
}

#[tokio::test]
async fn a_person_signs_up_logs_in_by_name_or_address_and_logs_out() {
    let app = App::start().await;
    let first = app.sign_up("Ada").await;
    for name in ["Ada", "ada", "ADA@Example.org", " ada "] {
        let body = json!({"username": name, "password": "correct horse"});
        let response = app.post("/api/auth/login").json(&body).send().await.unwrap();
        let answer = expect(response, StatusCode::OK).await;
        assert_eq!(
            (&answer["token_type"], &answer["expires_in"]),
            (&json!("Bearer"), &json!(86400))
        );
        let token = answer["access_token"].as_str().unwrap();
        let listed = app.get("/api/tasks").bearer_auth(token).send().await.unwrap();
        assert_eq!(expect(listed, StatusCode::OK).await, json!([]));
    }
    let logout = || app.post("/api/auth/logout").bearer_auth(&first).send();
    assert_eq!(logout().await.unwrap().status(), StatusCode::NO_CONTENT);
    problem(logout().await.unwrap(), 401, "revoked_token").await;
    let listed = app.get("/api/tasks").bearer_auth(&first).send().await.unwrap();
    problem(listed, 401, "revoked_token").await;
}

#[tokio::test]
async fn forms_are_taken_like_json() {
    let app = App::start().await;
    let form = [
        ("username", "ada"),
        ("email", "ada@example.org"),
        ("password1", "pässwörd & co"),
        ("password2", "pässwörd & co"),
    ];
    let response = app.post("/api/auth/signup").form(&form).send().await.unwrap();
    expect(response, StatusCode::CREATED).await;
    let form = [("username", "ada"), ("password", "pässwörd & co")];
    let response = app.post("/api/auth/login").form(&form).send().await.unwrap();
    expect(response, StatusCode::OK).await;
}

#[tokio::test]
async fn a_name_or_address_is_given_once_without_regard_to_case() {
    let app = App::start().await;
    app.sign_up("ada").await;
    for (name, email, code) in [
        ("ADA", "other@example.org", "username_taken"),
        ("other", "Ada@EXAMPLE.org", "email_taken"),
    ] {
        let body = signup(name, email, "correct horse");
        let response = app.post("/api/auth/signup").json(&body).send().await.unwrap();
        problem(response, 409, code).await;
    }
}

#[tokio::test]
async fn of_many_who_want_a_name_at_once_one_gets_it() {
    let app = App::start().await;
    let ask = |number: usize| {
        let body = signup("ada", &format!("ada{number}@example.org"), "correct horse");
        app.post("/api/auth/signup").json(&body).send()
    };
    let answers = futures_util::future::join_all((0..4).map(ask)).await;
    let statuses: Vec<u16> = answers.into_iter().map(|it| it.unwrap().status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
}

#[tokio::test]
async fn a_sign_up_tells_which_rule_it_breaks() {
    let app = App::start().await;
    let good = signup("ada", "ada@example.org", "correct horse");
    let cases = [
        ("username", json!("ab"), "invalid_username"),
        ("username", json!("ada@example.org"), "invalid_username"),
        ("username", json!(""), "missing_field"),
        ("username", json!(null), "missing_field"),
        ("username", json!(7), "malformed_body"),
        ("email", json!("ada"), "invalid_email"),
        ("email", json!(null), "missing_field"),
        ("password1", json!("short"), "passwords_differ"),
        ("password2", json!(null), "missing_field"),
    ];
    for (field, value, code) in cases {
        let mut body = good.clone();
        body[field] = value;
        let response = app.post("/api/auth/signup").json(&body).send().await.unwrap();
        problem(response, 400, code).await;
    }
    let short = signup("ada", "ada@example.org", "1234567");
    let response = app.post("/api/auth/signup").json(&short).send().await.unwrap();
    let body = problem(response, 400, "invalid_password").await;
    assert!(body["message"].as_str().unwrap().contains("8 to 128 characters"), "{body}");
}

#[tokio::test]
async fn the_legacy_rule_for_passwords_is_told_in_full() {
    let app = App::with(&["--password-policy", "legacy"]).await;
    let weak = signup("ada", "ada@example.org", "correct horse");
    let response = app.post("/api/auth/signup").json(&weak).send().await.unwrap();
    let body = problem(response, 400, "invalid_password").await;
    assert!(body["message"].as_str().unwrap().contains("5 to 20 characters"), "{body}");
    let strong = signup("ada", "ada@example.org", "aA1$x");
    let response = app.post("/api/auth/signup").json(&strong).send().await.unwrap();
    expect(response, StatusCode::CREATED).await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_in_the_same_words() {
    let app = App::start().await;
    app.sign_up("ada").await;
    let mut bodies = Vec::new();
    for name in ["ada", "nobody", "nobody@example.org", "no such name at all"] {
        let body = json!({"username": name, "password": "wrong horse"});
        let response = app.post("/api/auth/login").json(&body).send().await.unwrap();
        bodies.push(problem(response, 401, "invalid_credentials").await);
    }
    assert!(bodies.iter().all(|body| body == &bodies[0]), "{bodies:?}");
    assert_eq!(bodies[0]["message"], "Invalid credentials");
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let app = App::start().await;
    app.sign_up("ada").await;
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for _ in 0..5 {
        for (name, times) in [("ada", &mut known), ("nobody", &mut unknown)] {
            let body = json!({"username": name, "password": "wrong horse"});
            let asked = std::time::Instant::now();
            app.post("/api/auth/login").json(&body).send().await.unwrap();
            times.push(asked.elapsed());
        }
    }
    // The fastest of each, since noise only adds. Without the dummy hash it would be a tenth.
    let (known, unknown) = (known.iter().min().unwrap(), unknown.iter().min().unwrap());
    assert!(*unknown > *known / 2, "known {known:?}, unknown {unknown:?}");
}
