//! Files by other programs with more in them than one audio stream.

use std::io::Cursor;

use wma::asf::{Demuxer, Value};

use crate::tools::{ffmpeg_file, read, run_on};

#[test]
fn the_audio_of_a_film_is_read() {
    let film = ffmpeg_file(
        "4",
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc=d=4:s=320x240",
            "-map",
            "1:v",
            "-map",
            "0:a",
            "-c:v",
            "wmv2",
            "-b:v",
            "300k",
            "-c:a",
            "wmav2",
            "-b:a",
            "64k",
            "-f",
            "asf",
        ],
    );
    let copied = run_on(
        &film,
        "ffmpeg",
        "ffmpeg",
        &["-v", "error", "-i", "FILE", "-map", "0:a", "-c", "copy", "-f", "data", "-"],
    );
    let demuxer = Demuxer::new(Cursor::new(&film)).unwrap();
    assert_eq!(demuxer.header().other_streams, 1);
    assert_eq!(demuxer.stream().format.tag, 0x161);
    assert!(read(&film).objects.concat() == copied);
}

#[test]
fn tags_by_ffmpeg_are_read() {
    let file = ffmpeg_file(
        "1",
        &[
            "-c:a",
            "wmav2",
            "-metadata",
            "title=Grüße an 東京",
            "-metadata",
            "artist=The Tones",
            "-metadata",
            "album=Sines",
            "-metadata",
            "MY_OWN=forty-two",
        ],
    );
    let header = wma::asf::Header::read(Cursor::new(&file)).unwrap();
    let text = |name: &str| {
        let found = header.attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name)).unwrap();
        match &found.value {
            Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(text("title"), "Grüße an 東京");
    assert_eq!(text("author"), "The Tones");
    assert_eq!(text("WM/AlbumTitle"), "Sines");
    assert_eq!(text("MY_OWN"), "forty-two");
}
