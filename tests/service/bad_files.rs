//! Files that can't be converted: each ends with a code and a sentence, and the process lives on.

use crate::client::Client;
use crate::program::Home;
use crate::sound;

#[tokio::test]
async fn files_that_are_no_audio_fail_with_a_code_and_the_process_lives_on() {
    let home = Home::new();
    let mut program = home.start();
    let ann = Client::sign_up(&program, "ann").await;
    let good = sound::wav(&sound::signal(10_000));
    for (name, bytes, codes) in cases(&good) {
        let task = ann.upload(name, bytes, "mp3").await;
        let task = ann.ended(&task["id"]).await;
        assert_eq!(task["status"], "failed", "{name}");
        let code = task["error"]["code"].as_str().unwrap();
        assert!(codes.contains(&code), "{name}: {code}");
        assert!(task["error"]["message"].as_str().unwrap().len() > 20, "{name}");
        assert_eq!(task["attempts"], 1, "{name}: bad input is never tried again");
    }
    assert!(program.is_running());
    let task = ann.upload("good.wav", good, "mp3").await;
    ann.processed(&task["id"]).await;
    assert_eq!(home.files("bucket/out").len(), 1);
}

type Case = (&'static str, Vec<u8>, &'static [&'static str]);

fn cases(wav: &[u8]) -> Vec<Case> {
    let mut many_channels = wav.to_vec();
    many_channels[22..24].copy_from_slice(&300u16.to_le_bytes());
    let mut silent = wav[..44].to_vec();
    silent[40..44].fill(0);
    let mp3 = sound::mp3(&sound::signal(10_000));
    let mut asf = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c".to_vec();
    asf.resize(4096, 0);
    vec![
        (
            "picture.mp3",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".repeat(50),
            &["unrecognised_format", "unsupported_format"],
        ),
        ("letter.wav", b"Dear Sir or Madam, ".repeat(500), &["unrecognised_format"]),
        ("zeros.ogg", vec![0; 100_000], &["unrecognised_format"]),
        ("one byte.mp3", vec![0xff], &["unrecognised_format"]),
        ("song.wma", asf, &["unsupported_format"]),
        ("half a header.wav", wav[..30].to_vec(), &["truncated", "corrupt", "unrecognised_format"]),
        ("cut off.wav", wav[..wav.len() / 2].to_vec(), &["truncated"]),
        ("silent.wav", silent, &["empty_audio"]),
        ("orchestra.wav", many_channels, &["too_many_channels", "corrupt"]),
        (
            "header only.mp3",
            mp3[..100].to_vec(),
            &["truncated", "corrupt", "empty_audio", "unrecognised_format"],
        ),
    ]
}
