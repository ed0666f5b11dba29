use std::time::Duration;

use platform::bucket::ObjectKey;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::app::{App, eventually, expect, form, problem, with_fields};
use crate::raw;

/// Large enough to be in several blocks on its way, and to reach the disk before it ends.
const LARGE: usize = 3 << 20;

async fn stored(app: &App, key: &ObjectKey) -> Vec<u8> {
    let body = app.seams.bucket.get(key, None).await.unwrap();
    let blocks: Vec<bytes::Bytes> =
        futures_util::TryStreamExt::try_collect(body.blocks).await.unwrap();
    blocks.concat()
}

#[tokio::test]
async fn what_is_uploaded_is_stored_to_the_byte_and_published() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let audio: Vec<u8> = (0..=250).cycle().step_by(7).take(LARGE).collect();
    let form = form("song.wav", &audio, &[("newFormat", "mp3"), ("bitrate", "128k")]);
    let request = app.post("/api/tasks").bearer_auth(&token).header("x-request-id", "job-17");
    let response = request.multipart(form).send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "job-17");
    let task = expect(response, StatusCode::ACCEPTED).await["task"].clone();
    let row = app.row(&task).await;
    let byte = |n: usize| u8::from_str_radix(&row.source_digest[2 * n..2 * n + 2], 16).unwrap();
    assert_eq!((0..32).map(byte).collect::<Vec<_>>(), Sha256::digest(&audio).to_vec());
    assert_eq!(row.request_id.as_deref(), Some("job-17"));
    assert_eq!(row.options.bitrate, Some(128_000));
    assert!(row.published_at.is_some());
    assert_eq!(app.seams.queue.depth().await, Ok(1));
    assert!(stored(&app, row.source_key.as_ref().unwrap()).await == audio);
}

#[tokio::test]
async fn fields_may_come_in_any_order() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let file = || Part::bytes(b"some audio".to_vec()).file_name("a.wav");
    let before = Form::new().text("gain", "-3").text("newFormat", "mp3").part("fileName", file());
    let around = Form::new().text("newFormat", "mp3").part("fileName", file()).text("gain", "-3");
    let after = Form::new().part("fileName", file()).text("gain", "-3").text("newFormat", "mp3");
    for form in [before, around, after] {
        let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
        let task =
            expect(request.send().await.unwrap(), StatusCode::ACCEPTED).await["task"].clone();
        assert_eq!(
            (&task["new_format"], &task["options"]),
            (&json!("mp3"), &json!({"gain": -3.0}))
        );
    }
}

#[tokio::test]
async fn every_wrong_form_is_refused_with_its_own_code_and_leaves_nothing() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let audio = b"some audio".as_slice();
    let mp3 = ("newFormat", "mp3");
    let file = || Part::bytes(audio.to_vec()).file_name("a.wav");
    let cases = [
        (form("a.wav", audio, &[]), "missing_field"),
        (Form::new().text("newFormat", "mp3"), "missing_field"),
        (form("a.wav", b"", &[mp3]), "empty_file"),
        (form("a.wav", audio, &[("newFormat", "flac")]), "format_not_allowed"),
        (form("a.wav", audio, &[("newFormat", "")]), "format_not_allowed"),
        (form("a.wav", audio, &[mp3, mp3]), "duplicate_field"),
        (form("a.wav", audio, &[mp3]).part("fileName", file()), "duplicate_field"),
        (form("a.wav", audio, &[mp3, ("normalize", "-14")]), "unsupported_option"),
        (form("a.wav", audio, &[mp3, ("quality", "")]), "unsupported_option"),
        (form("a.wav", audio, &[mp3, ("newformat", "ogg")]), "unsupported_option"),
        (form("a.wav", audio, &[mp3, ("bitrate", "1")]), "invalid_bitrate"),
        (form("a.wav", audio, &[mp3, ("sampleRate", "1e5")]), "invalid_sample_rate"),
        (form("a.wav", audio, &[mp3, ("channels", "-1")]), "invalid_channels"),
        (form("a.wav", audio, &[mp3, ("bitDepth", "24")]), "invalid_bit_depth"),
        (form("a.wav", audio, &[mp3, ("trimStart", "x")]), "invalid_trim_start"),
        (form("a.wav", audio, &[mp3, ("trimEnd", "0")]), "invalid_trim_end"),
        (form("a.wav", audio, &[mp3, ("gain", "1000")]), "invalid_gain"),
        (form("a.wav", audio, &[mp3, ("keepTags", "2")]), "invalid_keep_tags"),
        (form("a.wav", audio, &[mp3, ("keepArt", "?")]), "invalid_keep_art"),
        (Form::new().part("newFormat", Part::bytes(vec![0xff, 0xfe])), "malformed_body"),
    ];
    for (form, code) in cases {
        let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
        problem(request.send().await.unwrap(), 400, code).await;
    }
    let long = "x".repeat(5000);
    let form = form("a.wav", audio, &[("newFormat", &long)]);
    let response = app.post("/api/tasks").bearer_auth(&token).multipart(form).send().await.unwrap();
    problem(response, 413, "body_too_large").await;
    nothing_is_left(&app).await;
}

/// No file and no object that is pending or live.
async fn nothing_is_left(app: &App) {
    eventually("the bucket is empty", || async { app.objects() == 0 }).await;
    let later = app.seams.db.now() + Duration::from_secs(1);
    let db = &app.seams.db;
    eventually("all objects are gone", || async {
        let gone = db.gone_objects(later, 100).await.unwrap().len();
        i64::try_from(gone).unwrap() == db.count_objects().await.unwrap()
    })
    .await;
}

#[tokio::test]
async fn the_contracts_words_for_a_wrong_format() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let form = form("a.wav", b"some audio", &[("newFormat", "flac")]);
    let response = app.post("/api/tasks").bearer_auth(&token).multipart(form).send().await.unwrap();
    let body = problem(response, 400, "format_not_allowed").await;
    assert_eq!(body["message"], "newFormat value is not an allowed format");
}

#[tokio::test]
async fn names_are_made_harmless() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for (sent, kept) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Music\\song.mp3", "song.mp3"),
        ("..", "audio"),
        ("", "audio"),
        ("Größe – 音楽 🎵.mp3", "Größe – 音楽 🎵.mp3"),
    ] {
        let task = app.upload(&token, sent, "ogg").await;
        assert_eq!(task["uploaded_filename"], kept, "{sent}");
    }
}

#[tokio::test]
async fn an_extended_name_wins_over_the_plain_one() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let part = "Content-Disposition: form-data; name=\"fileName\"; filename=\"plain.mp3\"; \
        filename*=UTF-8''l%C3%A4nger.mp3\r\n\r\nsome audio";
    let format = "Content-Disposition: form-data; name=\"newFormat\"\r\n\r\nogg";
    let answer = raw::upload(&app, &token, &[part, format]).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert!(answer.contains("\"uploaded_filename\":\"länger.mp3\""), "{answer}");
}

#[tokio::test]
async fn too_large_a_file_is_refused_before_it_is_sent_when_its_length_is_known() {
    let app = App::with(&["--max-upload-size", "1MiB"]).await;
    let token = app.sign_up("ada").await;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999999\r\n\r\n"
    );
    let answer = raw::exchange(&app, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("upload_too_large"), "{answer}");
}

#[tokio::test]
async fn too_large_a_file_is_refused_while_it_is_read_when_its_length_is_not_known() {
    let app = App::with(&["--max-upload-size", "1MiB"]).await;
    let token = app.sign_up("ada").await;
    let blocks = (0..64).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 64 * 1024]));
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(blocks));
    let part = Part::stream(stream).file_name("a.wav");
    let form = Form::new().text("newFormat", "mp3").part("fileName", part);
    let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
    problem(request.send().await.unwrap(), 413, "upload_too_large").await;
    nothing_is_left(&app).await;
}

#[tokio::test]
async fn a_file_of_exactly_the_limit_is_taken() {
    let app = App::with(&["--max-upload-size", "1MiB"]).await;
    let token = app.sign_up("ada").await;
    for (size, status) in [(1 << 20, 202), ((1 << 20) + 1, 413)] {
        let form = form("a.wav", &vec![1; size], &[("newFormat", "mp3")]);
        let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{size}");
    }
}

/// The head and the beginning of an upload that promises more than it sends.
async fn begin(app: &App, token: &str) -> TcpStream {
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999\r\n\r\n\
         --b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nmp3\r\n\
         --b\r\nContent-Disposition: form-data; name=\"fileName\"; filename=\"a.wav\"\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![1; LARGE]).await.unwrap();
    eventually("the upload reaches the bucket", || async { app.objects() == 1 }).await;
    socket
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let socket = begin(&app, &token).await;
    drop(socket);
    nothing_is_left(&app).await;
    let list = app.get("/api/tasks").bearer_auth(&token).send().await.unwrap();
    assert_eq!(expect(list, StatusCode::OK).await, json!([]));
}

#[tokio::test]
async fn a_client_that_falls_silent_is_told_so_and_leaves_nothing() {
    let app = App::with(&["--upload-idle-timeout", "300ms"]).await;
    let token = app.sign_up("ada").await;
    let socket = begin(&app, &token).await;
    let answer = raw::read(socket).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
    nothing_is_left(&app).await;
}

#[tokio::test]
async fn an_upload_has_an_end_however_steadily_it_drips() {
    let app = App::with(&["--upload-timeout", "500ms"]).await;
    let token = app.sign_up("ada").await;
    let socket = begin(&app, &token).await;
    let (reading, mut writing) = socket.into_split();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let answer = raw::read(reading).await;
    dripping.abort();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    nothing_is_left(&app).await;
}

#[tokio::test]
async fn a_form_that_breaks_off_is_refused_and_leaves_nothing() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let whole = "--b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nmp3\r\n\
        --b\r\nContent-Disposition: form-data; name=\"fileName\"; filename=\"a\"\r\n\r\n\
        some audio\r\n--b--\r\n";
    for length in 0..whole.len() - 4 {
        let response = app
            .post("/api/tasks")
            .bearer_auth(&token)
            .header("content-type", "multipart/form-data; boundary=b")
            .body(whole[..length].to_owned());
        let response = response.send().await.unwrap();
        assert_eq!(response.status(), 400, "{:?}", &whole[..length]);
        crate::app::any_problem(response).await;
    }
    nothing_is_left(&app).await;
}

#[tokio::test]
async fn what_can_not_be_taken_is_refused_before_the_file_is_sent() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let head = |token: &str, headers: &str| {
        format!(
            "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{headers}\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n"
        )
    };
    let bad_format =
        "--b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nflac\r\n--b\r\n";
    for (request, status, code) in [
        (head("nonsense", ""), 401, "invalid_token"),
        (head(&token, "Idempotency-Key: a b\r\n"), 400, "malformed_header"),
        (head(&token, "Content-Encoding: gzip\r\n"), 415, "unsupported_media_type"),
        (head(&token, "") + bad_format, 400, "format_not_allowed"),
    ] {
        let answer = raw::exchange(&app, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(answer.contains(code), "{answer}");
    }
}

#[tokio::test]
async fn a_bucket_that_fails_is_a_refusal_for_now_and_no_cause_is_told() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    app.block_bucket();
    let audio = vec![7; LARGE];
    let form = form("a.wav", &audio, &[("newFormat", "mp3")]);
    let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
    let body = problem(request.send().await.unwrap(), 503, "unavailable").await;
    assert!(!body.to_string().contains("os error"), "{body}");
    let list = app.get("/api/tasks").bearer_auth(&token).send().await.unwrap();
    assert_eq!(expect(list, StatusCode::OK).await, json!([]));
}

#[tokio::test]
async fn a_form_without_a_file_name_is_taken_too() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let form = Form::new().part("fileName", Part::bytes(b"some audio".to_vec()));
    let form = with_fields(form, &[("newFormat", "mp3")]);
    let request = app.post("/api/tasks").bearer_auth(&token).multipart(form);
    let answer = expect(request.send().await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(answer["task"]["uploaded_filename"], "audio");
}
