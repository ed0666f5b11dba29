//! Attributes and pictures, there and back, and as other programs read them.

use std::io::Cursor;

use wma::asf::{Attribute, Config, Header, Picture, Value};

use crate::tools::{Chance, format, mux, run_on};

fn attributes() -> Vec<Attribute> {
    let whole = |name: &str, value| Attribute { name: name.into(), value, stream: 0 };
    vec![
        Attribute::text("Title", "Grüße an 東京 𝄞"),
        Attribute::text("Author", "The Tones"),
        Attribute::text("WM/AlbumTitle", "Sines"),
        Attribute::text("WM/Genre", "Noise"),
        Attribute::text("WM/Genre", "Silence"),
        Attribute::text("REPLAYGAIN_TRACK_GAIN", "-6.50 dB"),
        Attribute::text("My own field", "forty-two"),
        whole("WM/TrackNumber", Value::U32(3)),
        whole("Flag", Value::Bool(true)),
        whole("Word", Value::U16(65_535)),
        whole("Long", Value::U64(u64::MAX)),
        whole("Blob", Value::Bytes(vec![1, 2, 3])),
        whole("Id", Value::Guid([9; 16])),
        Attribute { stream: 1, ..Attribute::text("About the stream", "yes") },
    ]
}

fn written(attributes: &[Attribute]) -> Vec<u8> {
    let config = Config {
        format: format(),
        codec_name: "Windows Media Audio V2",
        codec_description: "128 kbit/s, 44.1 kHz, stereo",
        attributes,
        ..Config::default()
    };
    mux(&config, &[vec![0; 743]], 460_000)
}

/// The attributes of a file in the order of their names; those of one name keep their order.
fn sorted(mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

#[test]
fn attributes_of_every_type_come_back() {
    let file = written(&attributes());
    let header = Header::read(Cursor::new(&file)).unwrap();
    assert_eq!(sorted(header.attributes), sorted(attributes()));
    assert_eq!(header.codecs, ["Windows Media Audio V2", "128 kbit/s, 44.1 kHz, stereo"]);
}

#[test]
fn attributes_that_are_too_long_for_one_object_go_into_another() {
    let mut chance = Chance(13);
    let long: String = (0..40_000).map(|_| 'a').collect();
    let attributes = vec![
        Attribute::text("Title", long.clone()),
        Attribute::text("Long", long),
        Attribute { name: "Blob".into(), value: Value::Bytes(chance.bytes(300_000)), stream: 0 },
    ];
    let file = written(&attributes);
    let header = Header::read(Cursor::new(&file)).unwrap();
    assert_eq!(sorted(header.attributes), sorted(attributes));
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

/// A file with a picture of so many bytes, which comes back as it was.
fn illustrated(size: usize) -> Vec<u8> {
    let mut data = PNG.to_vec();
    data.resize(size, 0);
    let picture = Picture { kind: 3, mime: "image/png".into(), description: "Rot".into(), data };
    let file = written(&[Attribute::picture(&picture), Attribute::text("Title", "Red")]);
    let header = Header::read(Cursor::new(&file)).unwrap();
    let found = header.attributes.iter().find(|attribute| attribute.name == Picture::NAME);
    let Value::Bytes(value) = &found.unwrap().value else { panic!("no bytes") };
    assert_eq!(Picture::parse(value), Some(picture));
    file
}

#[test]
fn pictures_come_back_and_ffmpeg_sees_them() {
    let arguments = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv", "FILE"];
    let said = run_on(&illustrated(PNG.len()), "ffmpeg", "ffprobe", &arguments);
    assert_eq!(String::from_utf8(said).unwrap(), "stream,wmav2\nstream,png\n");
}

#[test]
fn large_pictures_come_back_and_mutagen_sees_them() {
    // ffmpeg 5.1 reads no attribute of more than 65,535 bytes, but goes on after it.
    let file = illustrated(3_000_000);
    let said = run_on(&file, "python3-mutagen", "mutagen-inspect", &["FILE"]);
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("WM/Picture=[binary data (3000"), "{said}");
    let said = run_on(&file, "ffmpeg", "ffprobe", &["-v", "error", "-show_format", "FILE"]);
    assert!(String::from_utf8(said).unwrap().contains("TAG:title=Red"));
}

#[test]
fn ffmpeg_reads_the_tags() {
    let file = written(&attributes());
    let said = run_on(
        &file,
        "ffmpeg",
        "ffprobe",
        &["-v", "error", "-show_entries", "format_tags", "FILE"],
    );
    let said = String::from_utf8(said).unwrap();
    for wanted in [
        "TAG:title=Grüße an 東京 𝄞",
        "TAG:artist=The Tones",
        "TAG:album=Sines",
        "TAG:track=3",
        "TAG:My own field=forty-two",
        "TAG:REPLAYGAIN_TRACK_GAIN=-6.50 dB",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn mutagen_reads_the_tags() {
    let file = written(&attributes());
    let said = run_on(&file, "python3-mutagen", "mutagen-inspect", &["FILE"]);
    let said = String::from_utf8(said).unwrap();
    for wanted in [
        "Title=Grüße an 東京 𝄞",
        "Author=The Tones",
        "WM/AlbumTitle=Sines",
        "WM/Genre=Noise",
        "WM/Genre=Silence",
        "WM/TrackNumber=3",
        "My own field=forty-two",
        "Flag=True",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}
