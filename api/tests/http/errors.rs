use reqwest::Method;

use crate::app::{App, any_problem, problem};

#[tokio::test]
async fn every_code_is_explained_in_the_documents() {
    let page = include_str!("../../../docs/errors.md");
    for row in api::codes() {
        let line = format!("| {} | `{}` | {} |", row.status, row.code, row.explanation);
        assert!(page.contains(&line), "docs/errors.md lacks the line\n{line}");
    }
    let known: Vec<&str> = api::codes().iter().map(|row| row.code).collect();
    let (ours, _) = page.split_once("## Codes of failed tasks").unwrap();
    for line in ours.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")) {
        let code = line.split('`').nth(1).unwrap();
        assert!(known.contains(&code), "docs/errors.md has {code}, which is never sent");
    }
}

#[tokio::test]
async fn the_served_list_of_errors_has_every_code() {
    let app = App::start().await;
    let page = app.get("/docs/errors").send().await.unwrap().text().await.unwrap();
    for row in api::codes() {
        assert!(page.contains(&format!("id=\"{}\"", row.code)), "{}", row.code);
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_of_404() {
    let app = App::start().await;
    for path in [
        "/nothing",
        "/api",
        "/api/",
        "/api/tasks/",
        "/api/tasks/1/2",
        "/api/auth",
        "//",
        "/benchmark/conversion/start",
        "/health/loads",
        "/docs/nothing.js",
        "/.env",
        "/api/TASKS",
    ] {
        problem(app.get(path).send().await.unwrap(), 404, "not_found").await;
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_of_405_that_lists_the_right_ones() {
    let app = App::start().await;
    for (path, allow) in [
        ("/api/auth/signup", "POST"),
        ("/api/auth/login", "POST"),
        ("/api/auth/logout", "POST"),
        ("/api/tasks", "GET, HEAD, POST"),
        ("/api/task", "GET, HEAD, POST"),
        ("/api/tasks/1", "GET, HEAD, PUT, DELETE"),
        ("/api/uploads", "POST"),
        ("/api/uploads/x", "PUT, DELETE"),
        ("/api/files/x", "GET, HEAD"),
        ("/ping", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/docs", "GET, HEAD"),
        ("/docs/", "GET, HEAD"),
        ("/", "GET, HEAD"),
    ] {
        for method in ["PATCH", "OPTIONS", "TRACE", "BREW"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let response = app.request(method, path).send().await.unwrap();
            assert_eq!(response.headers()["allow"], allow, "{path}");
            problem(response, 405, "method_not_allowed").await;
        }
    }
}

#[tokio::test]
async fn a_usable_request_id_comes_back_and_any_other_is_replaced() {
    let app = App::start().await;
    for (sent, kept) in [("abc-123", true), ("a b", false), (&"x".repeat(129), false)] {
        let response = app.get("/nothing").header("x-request-id", sent).send().await.unwrap();
        let found = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(found == sent, kept, "{found}");
        any_problem(response).await;
    }
}
