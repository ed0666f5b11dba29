//! What the program says of itself, and how it moves with what it does.

#![expect(clippy::float_cmp, reason = "whole numbers are exact")]

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use rustix::process::Signal;
use serde_json::Value;

use crate::client::{Client, http};
use crate::exposition::Page;
use crate::fleet::Fleet;
use crate::program::{Home, PATIENCE, Program, eventually};
use crate::sound;

/// Of these, nothing has to be on a page: no task was released, or the system has no control
/// groups of the second version.
const RARE: [&str; 5] = [
    "conversion_releases_total",
    "cgroup_cpu_seconds_total",
    "cgroup_cpu_throttled_seconds_total",
    "cgroup_memory_bytes",
    "cgroup_memory_limit_bytes",
];

async fn page(url: &str) -> Page {
    let answer = http().get(format!("{url}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    Page::read(&answer.text().await.unwrap())
}

/// Reads the page again and again until it is as wanted.
async fn page_when(url: &str, what: &str, wanted: impl Fn(&Page) -> bool) -> Page {
    let start = std::time::Instant::now();
    loop {
        let page = page(url).await;
        if wanted(&page) {
            return page;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}: {page:?}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// The names that the page for operators lists.
fn documented() -> BTreeSet<&'static str> {
    let (_, table) = include_str!("../../docs/OPERATIONS.md").split_once("## Metrics").unwrap();
    let rows = table.lines().take_while(|line| !line.starts_with("## "));
    rows.filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[tokio::test]
async fn the_page_moves_with_uploads_conversions_failures_and_downloads_and_is_documented() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let audio = sound::wav(&sound::signal(441_000));
    let size = audio.len() as f64;
    let good = ann.upload("good.wav", audio, "mp3").await;
    let good = ann.processed(&good["id"]).await;
    let result = ann.download(&good).await.len() as f64;
    let bad = ann.upload("bad.wav", b"no audio at all ".repeat(100), "mp3").await;
    assert_eq!(ann.ended(&bad["id"]).await["status"], "failed");

    // What only the database knows is asked for now and then, and so may be behind.
    let idle = ["tasks_waiting", "tasks_running", "mails_unsent", "conversions_running"];
    let done = |page: &Page| {
        let sent = page.value("mails_total", &[("outcome", "sent")]) == 2.0;
        sent && idle.iter().all(|name| page.value(name, &[]) == 0.0)
    };
    let page = page_when(&program.url, "both mails are sent and nothing is left", done).await;
    let pair = [("source", "wav"), ("target", "mp3")];
    let with = |outcome| [("outcome", outcome), ("target", "mp3")];
    assert_eq!(page.value("conversions_total", &with("processed")), 1.0);
    assert_eq!(page.value("conversions_total", &with("unrecognised_format")), 1.0);
    assert_eq!(page.value("conversion_duration_seconds_count", &pair), 1.0);
    assert_eq!(page.value("conversion_cpu_seconds_count", &pair), 1.0);
    let (cpu, time) = ("conversion_cpu_seconds_sum", "conversion_duration_seconds_sum");
    assert!(page.value(cpu, &pair) > 0.0);
    assert!(page.value(cpu, &pair) <= page.value(time, &pair), "one thread, one processor");
    assert!((page.value("conversion_audio_seconds_sum", &pair) - 10.0).abs() < 0.001);
    assert_eq!(page.value("upload_bytes_total", &[]), size + 1600.0);
    assert_eq!(page.value("converter_fetched_bytes_total", &[]), size + 1600.0);
    assert_eq!(page.value("converter_stored_bytes_total", &[]), result);
    assert_eq!(page.value("download_bytes_total", &[]), result);
    let uploads = [("route", "/api/tasks"), ("method", "POST"), ("status", "202")];
    assert_eq!(page.value("http_requests_total", &uploads), 2.0);
    assert_eq!(page.value("http_requests_in_flight", &[]), 1.0, "the one for this page");
    for one in ["database_up", "converters_alive"] {
        assert_eq!(page.value(one, &[]), 1.0, "{one}");
    }
    assert_eq!(page.value("converters_slots", &[]), page.value("conversion_slots", &[]));
    assert!(page.value("cpu_limit_cores", &[]) > 0.0);
    assert!(page.value("process_cpu_seconds_total", &[]) >= page.value(cpu, &pair));

    let documented = documented();
    let missing: Vec<_> = documented.difference(&page.names()).copied().collect();
    assert!(missing.iter().all(|name| RARE.contains(name)), "not on the page: {missing:?}");
    let surplus: Vec<_> = page.names().difference(&documented).copied().collect();
    assert!(surplus.is_empty(), "not documented: {surplus:?}");
}

#[tokio::test]
async fn a_conversion_is_seen_while_it_runs_and_its_cost_is_told_when_it_ended() {
    let home = Home::new();
    let program = home.start_with(&[("CONVERTER_SLOTS", "1")]);
    let ann = Client::sign_up(&program, "ann").await;
    let long = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 300)), "mp3").await;
    let next = ann.upload("next.wav", sound::wav(&sound::signal(44_100)), "mp3").await;
    let both = |page: &Page| {
        let value = |name| page.value(name, &[]);
        let running = ["tasks_running", "conversions_running", "queue_unacked_messages"];
        let waiting = ["tasks_waiting", "queue_ready_messages"];
        running.iter().chain(&waiting).all(|name| value(name) == 1.0)
    };
    page_when(&program.url, "one runs and one waits", both).await;
    ann.processed(&long["id"]).await;
    ann.processed(&next["id"]).await;
    let told = async || -> Value { ann.get("/converter-health").await.json().await.unwrap() };
    let mut converters = told().await;
    while converters[0]["costs"][0]["conversions"] != 2 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        converters = told().await;
    }
    let cost = &converters[0]["costs"][0];
    assert_eq!((cost["source"].as_str(), cost["target"].as_str()), (Some("wav"), Some("mp3")));
    assert!((cost["audio_seconds"].as_f64().unwrap() - 301.0).abs() < 0.01);
    let coefficient = cost["cpu_seconds_per_audio_second"].as_f64().unwrap();
    assert!(coefficient > 0.0 && coefficient < 1.0, "far faster than it plays: {coefficient}");
    assert!(cost["slot_seconds"].as_f64().unwrap() >= cost["cpu_seconds"].as_f64().unwrap());
    assert_eq!(converters[0]["metrics_url"], format!("{}/metrics", program.url));
    assert!(!converters[0]["host"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_bucket_that_fails_is_seen_as_a_task_to_be_tried_again() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    assert_eq!(page(&program.url).await.value("conversion_retries_total", &[]), 0.0);
    let results = home.data().join("bucket/out");
    // It may be there and empty, or not yet.
    let _ = std::fs::remove_dir(&results);
    std::fs::write(&results, b"in the way").unwrap();
    ann.upload("a.wav", sound::wav(&sound::signal(1000)), "mp3").await;
    let tried = |page: &Page| page.value("conversion_retries_total", &[]) >= 1.0;
    let page = page_when(&program.url, "it is to be tried again", tried).await;
    let failed = [("outcome", "infrastructure")];
    assert!(page.value("conversions_total", &failed) >= 1.0);
}

#[tokio::test]
async fn what_was_done_is_seen_period_by_period() {
    let home = Home::new();
    let program = home.start_with(&[("OBSERVATION_PERIOD", "1s")]);
    let ann = Client::sign_up(&program, "ann").await;
    let good = ann.upload("good.wav", sound::wav(&sound::signal(44_100)), "mp3").await;
    let bad = ann.upload("bad.wav", b"no audio at all".to_vec(), "mp3").await;
    let mut periods: BTreeMap<String, Value> = BTreeMap::new();
    let sum = |periods: &BTreeMap<String, Value>, name: &str| -> i64 {
        periods.values().map(|period| period[name].as_i64().unwrap()).sum()
    };
    let start = std::time::Instant::now();
    while sum(&periods, "finished") + sum(&periods, "failed") < 2 {
        assert!(start.elapsed() < PATIENCE, "waited in vain for the periods: {periods:?}");
        let answer: Vec<Value> = ann.get("/health/load").await.json().await.unwrap();
        assert!(answer.len() <= 10);
        let starts = answer.iter().map(|period| period["started_at"].as_str().unwrap());
        let starts: Vec<_> = starts.map(str::to_owned).collect();
        assert!(starts.is_sorted_by(|one, other| one > other), "newest first: {starts:?}");
        periods.extend(starts.into_iter().zip(answer));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for (name, count) in [("arrived", 2), ("started", 2), ("finished", 1), ("failed", 1)] {
        assert_eq!(sum(&periods, name), count, "{name}: {periods:?}");
    }
    let finished = periods.values().find(|period| period["finished"] == 1).unwrap();
    assert_eq!((&finished["seconds"], &finished["finish_rate"]), (&1.into(), &1.0.into()));
    let time = |name: &str| finished[name].as_f64().unwrap();
    assert!(time("mean_response_seconds") >= time("mean_service_seconds"));
    assert!(time("p95_service_seconds") > 0.0 && time("p95_response_seconds") > 0.0);
    assert_eq!(finished["converters"], 1);
    for (task, status) in [(good, "processed"), (bad, "failed")] {
        assert_eq!(ann.ended(&task["id"]).await["status"], status);
    }
}

/// The address that the program's log says.
fn metrics_address(program: &Program) -> String {
    eventually("the log says where metrics are served", || {
        let log = program.log();
        let line = log.lines().find(|line| line.contains("metrics are served"))?.to_owned();
        let address = line.split("address=").nth(1)?.split_whitespace().next()?.to_owned();
        Some(format!("http://{address}"))
    })
}

#[tokio::test]
async fn the_small_server_answers_as_the_api_does_and_to_the_last() {
    let home = Home::new();
    let mut program = home.start_with(&[("METRICS_LISTEN", "127.0.0.1:0")]);
    let small = metrics_address(&program);
    assert_ne!(small, program.url);
    let get = async |url: String| -> (StatusCode, Value) {
        let answer = http().get(url).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    };
    let alive = get(format!("{small}/alive")).await;
    assert_eq!(alive, get(format!("{}/alive", program.url)).await);
    let (status, ready) = get(format!("{small}/ready")).await;
    assert_eq!((status, &ready["status"]), (StatusCode::OK, &"ready".into()));
    for part in ["database", "queue", "bucket", "scratch"] {
        assert_eq!(ready["checks"][part]["state"], "up", "{part}");
    }
    assert_eq!(page(&small).await.value("database_up", &[]), 1.0);
    for (path, method, status, code) in [
        ("/", Method::GET, 404, "not_found"),
        ("/metrics", Method::POST, 405, "method_not_allowed"),
    ] {
        let answers = [&small, &program.url].map(|url| {
            let path = if path == "/" { "/nothing" } else { path };
            http().request(method.clone(), format!("{url}{path}")).send()
        });
        for answer in futures_util::future::join_all(answers).await {
            let answer = answer.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let body: Value = answer.json().await.unwrap();
            assert_eq!(
                (body["code"].as_str(), body["status"].as_u64()),
                (Some(code), Some(status.into()))
            );
        }
    }

    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 600)), "mp3").await;
    ann.task_when(&task["id"], |task| task["status"] == "processing").await;
    program.signal(Signal::TERM);
    let stopping = || program.log().contains("finishing what runs").then_some(());
    eventually("it stops", stopping);
    let (status, body) = get(format!("{small}/ready")).await;
    assert_eq!((status.as_u16(), &body["code"]), (503, &"unready".into()));
    assert_eq!(body["checks"]["database"]["state"], "up");
    assert_eq!(page(&small).await.value("conversions_running", &[]), 1.0);
    program.signal(Signal::TERM);
    program.wait();
}

#[tokio::test]
async fn each_role_tells_its_own_part_and_converters_say_where() {
    let fleet = Fleet::new().await.with("OBSERVATION_PERIOD", "1s");
    let (api, one) = (fleet.api(), fleet.converter("one"));
    let ann = Client::sign_up(&api, "ann").await;
    let task = ann.upload("a.wav", sound::wav(&sound::signal(44_100)), "mp3").await;
    ann.processed(&task["id"]).await;
    let converters: Value = ann.get("/converter-health").await.json().await.unwrap();
    let small = converters[0]["metrics_url"].as_str().unwrap().trim_end_matches("/metrics");
    assert_eq!(small, metrics_address(&one));
    let processed = [("source", "wav"), ("target", "mp3"), ("outcome", "processed")];
    let (of_api, of_converter) = (page(&api.url).await, page(small).await);
    assert_eq!(of_converter.value("conversions_total", &processed), 1.0);
    assert_eq!(of_api.value("conversions_total", &processed), 0.0);
    let uploads = [("route", "/api/tasks"), ("method", "POST"), ("status", "202")];
    assert_eq!(of_api.value("http_requests_total", &uploads), 1.0);
    assert!(!of_converter.names().contains("http_requests_total"));
    for page in [of_api, of_converter] {
        assert_eq!(page.value("converters_alive", &[]), 1.0);
        assert_eq!((page.value("database_up", &[]), page.value("queue_up", &[])), (1.0, 1.0));
    }

    // The one that is left sees that the other fell silent with a task in its hands.
    let long = ann.upload("long.wav", sound::wav(&sound::signal(44_100 * 600)), "mp3").await;
    ann.task_when(&long["id"], |task| task["status"] == "processing").await;
    one.kill();
    let other = fleet.converter("other");
    let lapsed = |page: &Page| page.value("leases_lapsed_total", &[]) == 1.0;
    page_when(&metrics_address(&other), "the lease lapsed", lapsed).await;
    ann.processed(&long["id"]).await;
}

#[tokio::test]
async fn two_sweepers_record_each_period_once() {
    let fleet = Fleet::new().await.with("OBSERVATION_PERIOD", "1s");
    let (api, _one, _other) = (fleet.api(), fleet.converter("one"), fleet.converter("other"));
    let start = std::time::Instant::now();
    let mut starts = Vec::new();
    while starts.len() < 10 {
        assert!(start.elapsed() < PATIENCE, "waited in vain for ten periods: {starts:?}");
        let answer = http().get(format!("{}/health/load", api.url)).send().await.unwrap();
        let periods: Vec<Value> = answer.json().await.unwrap();
        starts = periods.iter().map(|period| period["started_at"].to_string()).collect();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(starts.is_sorted_by(|one, other| one > other), "each once: {starts:?}");
}
