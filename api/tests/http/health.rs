use std::time::Duration;

use platform::db::{Beat, PairCost};
use reqwest::StatusCode;

use crate::app::{App, expect, problem};

#[tokio::test]
async fn a_running_server_is_alive_and_ready() {
    let app = App::start().await;
    let alive = expect(app.get("/alive").send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(alive["status"], "alive");
    for path in ["/api-health", "/ready"] {
        let ready = expect(app.get(path).send().await.unwrap(), StatusCode::OK).await;
        assert_eq!(ready["status"], "ready");
        for part in ["database", "queue", "bucket"] {
            assert_eq!(ready["checks"][part]["state"], "up", "{part}");
            assert!(ready["checks"][part]["latency_ms"].is_number());
        }
    }
}

#[tokio::test]
async fn a_part_that_fails_makes_the_server_unready_and_names_itself() {
    let app = App::start().await;
    app.seams.db.close().await;
    let body = problem(app.get("/ready").send().await.unwrap(), 503, "unready").await;
    assert_eq!(body["checks"]["database"]["state"], "down");
    assert_eq!(body["checks"]["bucket"]["state"], "up");
    assert_eq!(app.get("/alive").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_its_broker_the_server_takes_uploads_and_says_so() {
    // Nobody listens on a port that was free just now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = App::with(&["--queue-url", &format!("amqp://127.0.0.1:{port}")]).await;
    let ready = expect(app.get("/ready").send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(ready["status"], "degraded");
    assert_eq!(ready["checks"]["queue"]["state"], "down");
    assert_eq!(ready["checks"]["database"]["state"], "up");
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.mp3", "ogg").await;
    assert!(app.row(&task).await.published_at.is_none(), "the sweeper publishes it later");
    problem(app.get("/ping").send().await.unwrap(), 503, "unavailable").await;
    assert_eq!(app.get("/metrics").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn without_a_database_requests_are_refused_for_now() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    app.seams.db.close().await;
    let list = app.get("/api/tasks").bearer_auth(&token).send().await.unwrap();
    let body = problem(list, 503, "unavailable").await;
    assert!(!body.to_string().contains("pool"), "no cause is sent: {body}");
}

#[tokio::test]
async fn a_ping_comes_back_when_a_converter_answers() {
    let app = App::start().await;
    let queue = app.seams.queue.clone();
    let converter = tokio::spawn(async move { queue.answer_pings().await });
    let pong = expect(app.get("/ping").send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(pong["message"], "pong");
    assert!(pong["round_trip_ms"].as_f64().unwrap() >= 0.0);
    converter.abort();
}

#[tokio::test]
async fn a_ping_that_nobody_answers_is_a_timeout_of_the_gateway() {
    let app = App::start().await;
    problem(app.get("/ping").send().await.unwrap(), 504, "ping_unanswered").await;
}

#[tokio::test]
async fn converters_are_listed_while_they_are_heard_of() {
    let app = App::start().await;
    let ask = || app.get("/converter-health").send();
    problem(ask().await.unwrap(), 503, "no_converter").await;
    let cost = PairCost {
        source: "flac".into(),
        target: "mp3".into(),
        conversions: 3,
        cpu_seconds: 6.0,
        slot_seconds: 8.0,
        audio_seconds: 600.0,
        source_bytes: 1e6,
    };
    let beat = Beat {
        id: "c1",
        host: "machine-1",
        version: "1.2.3",
        slots: 4,
        running: 1,
        metrics_url: Some("http://machine-1:9464/metrics"),
        costs: &[cost],
    };
    app.seams.db.beat_converter(&beat).await.unwrap();
    let list = expect(ask().await.unwrap(), StatusCode::OK).await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!((list[0]["id"].as_str(), list[0]["slots"].as_i64()), (Some("c1"), Some(4)));
    assert_eq!(
        (list[0]["version"].as_str(), list[0]["running"].as_i64()),
        (Some("1.2.3"), Some(1))
    );
    assert_eq!(list[0]["host"], "machine-1");
    assert_eq!(list[0]["metrics_url"], "http://machine-1:9464/metrics");
    let cost = &list[0]["costs"][0];
    assert_eq!((cost["source"].as_str(), cost["target"].as_str()), (Some("flac"), Some("mp3")));
    assert_eq!(cost["cpu_seconds_per_audio_second"], 0.01);
}

#[tokio::test]
async fn metrics_count_requests_by_pattern_and_tell_what_waits() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    app.upload(&token, "a.mp3", "ogg").await;
    app.get("/api/tasks/12345").bearer_auth(&token).send().await.unwrap();
    app.get("/no/such/secret").send().await.unwrap();
    let response = app.get("/metrics").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.unwrap();
    for name in [
        "http_requests_total",
        "http_request_duration_seconds",
        "upload_bytes_total",
        "queue_ready_messages",
        "tasks_waiting",
        "tasks_running",
        "tasks_oldest_waiting_seconds",
        "database_connections",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(text.contains("route=\"/api/tasks/{id}\""), "{text}");
    assert!(text.contains("route=\"unmatched\""), "{text}");
    assert!(!text.contains("12345") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn without_a_database_the_page_of_metrics_tells_what_the_process_knows() {
    let app = App::start().await;
    app.sign_up("ada").await;
    app.seams.db.close().await;
    let response = app.get("/metrics").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    for line in ["database_up 0", "tasks_waiting NaN", "mails_oldest_unsent_seconds NaN"] {
        assert!(text.lines().any(|other| other == line), "{line} in {text}");
    }
    assert!(text.contains("http_requests_total{route=\"/api/auth/signup\""), "{text}");
    assert!(text.contains("\nprocess_cpu_seconds_total "), "{text}");
}

#[tokio::test]
async fn the_load_is_empty_at_first_and_then_the_last_ten_periods() {
    let app = App::start().await;
    let ask = async || expect(app.get("/health/load").send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(ask().await, serde_json::json!([]));
    let token = app.sign_up("ada").await;
    app.upload(&token, "a.mp3", "ogg").await;
    let (now, minute) = (app.seams.db.now(), Duration::from_mins(1));
    for number in 0..12 {
        app.seams.db.observe(now - minute * number - minute / 2, minute).await.unwrap();
    }
    let load = ask().await;
    let periods = load.as_array().unwrap();
    assert_eq!(periods.len(), 10);
    let newest = &periods[0];
    assert_eq!((newest["arrived"].as_i64(), newest["seconds"].as_i64()), (Some(1), Some(60)));
    assert!((newest["arrival_rate"].as_f64().unwrap() - 1.0 / 60.0).abs() < 1e-12);
    assert_eq!((&newest["queue_depth"], &newest["converters"]), (&1.into(), &0.into()));
    assert!(newest["mean_response_seconds"].is_null() && newest["p95_response_seconds"].is_null());
    assert_eq!(periods[1]["arrived"], 0);
}

#[tokio::test]
async fn probes_are_answered_however_often_they_ask() {
    let app = App::with(&["--requests-per-minute", "1"]).await;
    for path in ["/alive", "/ready", "/api-health", "/metrics"] {
        for _ in 0..3 {
            assert_eq!(app.get(path).send().await.unwrap().status(), 200, "{path}");
        }
    }
    assert!(app.config.shutdown_grace > Duration::ZERO);
}
