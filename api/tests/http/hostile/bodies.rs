use reqwest::Method;

use super::{refused, still_works};
use crate::app::App;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", JSON, vec![]),
        ("white space", JSON, text("   ")),
        ("no JSON", JSON, text("username=ada")),
        ("half an object", JSON, text(r#"{"username": "ada""#)),
        ("an array", JSON, text("[]")),
        ("a text", JSON, text("\"ada\"")),
        ("a number", JSON, text("1e999")),
        ("null", JSON, text("null")),
        ("an empty object", JSON, text("{}")),
        ("another type", JSON, text(r#"{"username": {"$gt": ""}, "password": {"$gt": ""}}"#)),
        ("a list of names", JSON, text(r#"{"username": ["ada"], "password": ["x"]}"#)),
        ("a name twice", JSON, text(r#"{"username": "a", "username": "b", "password": "c"}"#)),
        ("something after it", JSON, text(r#"{"username": "ada", "password": "x"} x"#)),
        ("a comment", JSON, text(r#"{"username": "ada" /* */, "password": "x"}"#)),
        ("NaN", JSON, text(r#"{"username": NaN}"#)),
        ("half a surrogate", JSON, text(r#"{"username": "\ud800", "password": "x"}"#)),
        ("broken UTF-8", JSON, b"{\"username\": \"\xff\xfe\", \"password\": \"x\"}".to_vec()),
        ("a byte order mark", JSON, b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", JSON, "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("zeros", JSON, vec![0; 1000]),
        ("nesting of arrays", JSON, text(&"[".repeat(30_000))),
        ("nesting of objects", JSON, text(&"{\"a\":".repeat(10_000))),
        ("nesting within", JSON, text(&format!("{{\"username\": {}", "[".repeat(30_000)))),
        ("a long number", JSON, text(&format!("{{\"username\": {}}}", "9".repeat(60_000)))),
        ("many members", JSON, text(&format!("{{{}", "\"a\":1,".repeat(9_000)))),
        ("a large text", JSON, text(&format!("{{\"username\": \"{}\"}}", "a".repeat(70_000)))),
        ("megabytes", JSON, vec![b' '; 3 << 20]),
        ("an empty form", FORM, vec![]),
        ("a form of nothing", FORM, text("&&&===")),
        ("a form with broken escapes", FORM, text("username=%zz%&password=%f")),
        ("a form with a name twice", FORM, text("username=a&username=b&password=c")),
        ("a form of broken UTF-8", FORM, text("%ff=%fe")),
        ("a form with arrays", FORM, text("username[]=a&password[]=b")),
        ("a large form", FORM, text(&"a=1&".repeat(40_000))),
        ("JSON called a form", FORM, text(r#"{"username": "ada", "password": "x"}"#)),
        ("no type", "", text("{}")),
        ("plain text", "text/plain", text("{}")),
        (
            "XML",
            "application/xml",
            text("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ),
        ("a form of parts", "multipart/form-data; boundary=b", text("--b--")),
        ("a type that is none", "json", text("{}")),
        (
            "a long type",
            "application/json; a=\"............................................\"",
            text("{"),
        ),
        ("an unknown charset", "application/json; charset=utf-7", text("+AHs-")),
    ]
}

#[tokio::test]
async fn bodies_that_can_not_be_read_are_refused_everywhere() {
    let app =
        App::with(&["--logins-per-minute", "100000", "--requests-per-minute", "100000"]).await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.mp3", "ogg").await;
    let task = format!("/api/tasks/{}", task["id"]);
    for (method, path) in [
        (Method::POST, "/api/auth/signup"),
        (Method::POST, "/api/auth/login"),
        (Method::PUT, task.as_str()),
        (Method::POST, "/api/tasks"),
    ] {
        for (what, media_type, body) in bodies() {
            let mut request = app.request(method.clone(), path).bearer_auth(&token).body(body);
            if !media_type.is_empty() {
                request = request.header("content-type", media_type);
            }
            refused(&format!("{what} to {path}"), request).await;
        }
    }
    still_works(&app).await;
}

#[tokio::test]
async fn compressed_bodies_are_refused_and_not_taken_for_plain_ones() {
    let app = App::start().await;
    for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "nonsense"] {
        let request = app.post("/api/auth/login").header("content-encoding", encoding);
        let request = request.header("content-type", JSON).body(vec![0x1f, 0x8b, 8, 0]);
        refused(encoding, request).await;
    }
    still_works(&app).await;
}

#[tokio::test]
async fn queries_that_mean_nothing_are_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=201",
        "limit=1.5",
        "limit=1e3",
        "limit=%31%30%30%30",
        "limit=",
        "limit=1&limit=2",
        "status=",
        "status=none",
        "status=UPLOADED",
        "status=uploaded%00",
        "cursor=",
        "cursor=0",
        "cursor=-5",
        "cursor=g",
        "cursor=1%20or%201=1",
        "cursor=99999999999999999999",
        "page=1",
        "offset=5",
        "%ff=1",
        "limit[]=5",
        "status[$ne]=x",
    ] {
        refused(query, app.get(&format!("/api/tasks?{query}")).bearer_auth(&token)).await;
    }
    still_works(&app).await;
}

#[tokio::test]
async fn numbers_of_tasks_that_are_none_are_not_found() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for id in [
        "0",
        "-1",
        "1.0",
        "1e3",
        "x",
        "%31",
        "%00",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999999",
        "1%20or%201=1",
        "null",
        "undefined",
        "%2e%2e",
        "%2e%2e%2f",
        "..%5c..%5c",
        "%c0%ae",
        "%ff",
        "%25",
        "'",
        "\"",
        "<script>",
        "{id}",
        "+1",
        "%2B1",
    ] {
        for method in [Method::GET, Method::DELETE] {
            let request = app.request(method, &format!("/api/tasks/{id}")).bearer_auth(&token);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 404, "{id}");
        }
    }
    still_works(&app).await;
}
