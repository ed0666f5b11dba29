//! The main job, from sign-up to deletion.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, http};
use crate::program::{Home, eventually};
use crate::sound;

/// 5 s and a bit that fills no whole frame of any codec.
const FRAMES: usize = 220_501;

#[tokio::test]
async fn a_person_converts_a_file_changes_their_mind_and_deletes_it() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let meant = sound::signal(FRAMES);
    let upload = sound::mp3(&meant);

    let task = ann.upload("My Söng.mp3", upload.clone(), "WAV").await;
    assert_eq!(task["status"], "uploaded");
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["original_format"], "mp3");
    assert_eq!(task["progress"], 100);
    let wav = ann.download(&task).await;
    let heard = sound::decoded(&wav);
    assert_eq!(heard.len(), meant.len(), "the length is exact to the sample");
    let reference = sound::decoded(&upload);
    assert!(sound::snr(&reference, &heard) > 80.0, "as ffmpeg decodes it");
    assert!(sound::snr(&meant, &heard) > 20.0, "as it was meant");

    let path = format!("/api/tasks/{}", task["id"]);
    let put = ann.request(Method::PUT, &path).json(&json!({ "newFormat": "ogg" }));
    assert_eq!(put.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let task = ann.processed(&task["id"]).await;
    assert_eq!(task["processed_format"], "ogg");
    let ogg = ann.download(&task).await;
    assert_eq!(sound::codec(&ogg), "vorbis");
    let heard = sound::decoded(&ogg);
    assert_eq!(heard.len(), meant.len(), "the length is exact to the sample");
    assert!(sound::snr(&meant, &heard) > 15.0, "as it was meant");

    let file = format!("/api/files/{}", task["file_id"].as_str().unwrap());
    assert_eq!(ann.request(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(ann.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ann.get(&file).await.status(), StatusCode::NOT_FOUND);
    eventually("the bucket is empty", || home.files("bucket").is_empty().then_some(()));
    assert!(program.stop().success());
    assert!(home.files("scratch").is_empty());
}

#[tokio::test]
async fn every_target_comes_out_as_what_it_is_called() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let meant = sound::signal(FRAMES);
    let wav = sound::wav(&meant);
    for (format, codec) in [("mp3", "mp3"), ("acc", "aac"), ("ogg", "vorbis"), ("wav", "pcm_s16le")]
    {
        let task = ann.upload("a.wav", wav.clone(), format).await;
        let task = ann.processed(&task["id"]).await;
        let result = ann.download(&task).await;
        assert_eq!(task["processed_size"], result.len());
        assert_eq!(sound::codec(&result), codec, "{format}");
        let duration = task["duration_seconds"].as_f64().unwrap();
        assert!((duration - FRAMES as f64 / f64::from(sound::RATE)).abs() < 1e-6, "{format}");
        if format == "wav" {
            assert_eq!(sound::decoded(&result), meant, "nothing is lost without a lossy codec");
        }
    }
}

#[tokio::test]
async fn the_mail_holds_a_link_that_needs_no_login() {
    let home = Home::new();
    let program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let task = ann.upload("a.wav", sound::wav(&sound::signal(1000)), "mp3").await;
    let task = ann.processed(&task["id"]).await;
    let mail = eventually("the mail is there", || {
        home.files("mail").into_iter().find(|path| path.extension().is_some_and(|e| e == "eml"))
    });
    let mail = String::from_utf8(std::fs::read(mail).unwrap()).unwrap();
    assert!(mail.contains("To: ann@example.org"), "{mail}");
    let link = link_in(&mail);
    let answer = http().get(&link).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.bytes().await.unwrap(), ann.download(&task).await);
    let forged = format!("{}x", &link[..link.len() - 1]);
    assert_eq!(http().get(forged).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// The first link of a mail, its quoted-printable encoding (RFC 2045 § 6.7) undone.
fn link_in(mail: &str) -> String {
    let plain = mail.replace("=\r\n", "").replace("=3D", "=");
    let start = plain.find("http://").expect("a link");
    plain[start..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn many_files_at_once_all_come_out_right() {
    let home = Home::new();
    let program = home.start_with(&[("MAX_UPLOADS_PER_USER", "20")]);
    let ann = Client::sign_up(&program, "ann").await;
    let signals: Vec<_> = (1..=20).map(|n| sound::signal(n * 997)).collect();
    let uploads = signals.iter().map(|signal| ann.upload("a.wav", sound::wav(signal), "wav"));
    let tasks: Vec<Value> = futures_util::future::join_all(uploads).await;
    for (task, signal) in tasks.iter().zip(&signals) {
        let task = ann.processed(&task["id"]).await;
        assert_eq!(&sound::decoded(&ann.download(&task).await), signal);
    }
    let health: Value = ann.get("/converter-health").await.json().await.unwrap();
    assert!(health.to_string().contains("slots"), "{health}");
    assert_eq!(ann.get("/ping").await.status(), StatusCode::OK);
}
