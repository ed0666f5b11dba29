//! Windows Media Audio as the engine makes it: its header, its tags, its choices.

use std::io::Cursor;

use codec::{Options, Receipt, Target};
use wma::asf::{Header, Value};

use crate::signal::Sound;
use crate::tools;

fn header(file: &[u8]) -> Header {
    Header::read(Cursor::new(file)).unwrap()
}

fn with_bitrate(bitrate: u32, sound: &Sound) -> (Vec<u8>, Receipt) {
    let options = Options { bitrate: Some(bitrate), ..Options::default() };
    tools::convert(&sound.wav(), Target::Wma, &options).unwrap()
}

#[test]
fn the_play_duration_states_every_length_to_the_sample() {
    for (rate, frames) in [(44_100, 1), (44_100, 44_101), (48_000, 12_345), (8_000, 7_777)] {
        let (file, receipt) = tools::plain(&Sound::tones(rate, 2, frames).wav(), Target::Wma);
        let header = header(&file);
        let ticks = header.play_duration - header.preroll * 10_000;
        let stated = (ticks as f64 * f64::from(rate) / 1e7).round() as u64;
        assert_eq!(stated, frames as u64, "{rate} Hz");
        assert_eq!(receipt.result.frames, Some(frames as u64));
        assert_eq!(receipt.result.delay, Some(if rate == 8_000 { 1024 } else { 4096 }));
    }
}

#[test]
fn the_bit_rate_that_was_asked_for_is_kept() {
    let sound = Sound::tones(44_100, 2, 44_100 * 10);
    for bitrate in [64_000, 128_000, 192_000, 320_000] {
        let (_, receipt) = with_bitrate(bitrate, &sound);
        let found = receipt.result.bitrate.unwrap() as f64 / f64::from(bitrate);
        assert!((0.25..1.1).contains(&found), "{bitrate}: {found}");
        assert_eq!(receipt.result.codec, "wmav2");
    }
    let loud = Options { bitrate: Some(320_001), ..Options::default() };
    let error = tools::convert(&sound.wav(), Target::Wma, &loud).unwrap_err();
    assert_eq!(error.code(), "invalid_option");
}

#[test]
fn a_low_bit_rate_gets_a_low_sample_rate_unless_one_is_asked_for() {
    let sound = Sound::tones(44_100, 2, 44_100);
    for (bitrate, rate) in [(16_000, 16_000), (32_000, 22_050), (48_000, 32_000), (64_000, 44_100)] {
        assert_eq!(with_bitrate(bitrate, &sound).1.result.sample_rate, rate, "{bitrate}");
    }
    let options =
        Options { bitrate: Some(32_000), sample_rate: Some(44_100), ..Options::default() };
    let (_, receipt) = tools::convert(&sound.wav(), Target::Wma, &options).unwrap();
    assert_eq!(receipt.result.sample_rate, 44_100);
}

#[test]
fn fields_have_the_names_that_players_look_for() {
    let wav = Sound::tones(44_100, 2, 20_000).wav();
    let flac = tools::ffmpeg(
        &wav,
        "flac",
        &[
            "-metadata", "title=One", "-metadata", "artist=Two", "-metadata", "album=Three",
            "-metadata", "album_artist=Four", "-metadata", "genre=Five", "-metadata", "date=2021",
            "-metadata", "track=7", "-metadata", "composer=Eight", "-metadata",
            "REPLAYGAIN_TRACK_GAIN=-6.50 dB", "-metadata", "My own=Nine",
        ],
    );
    let (file, receipt) = tools::plain(&flac, Target::Wma);
    assert!(receipt.tags.dropped.is_empty(), "{:?}", receipt.tags);
    let attributes = header(&file).attributes;
    for (name, value) in [
        ("Title", "One"),
        ("Author", "Two"),
        ("WM/AlbumTitle", "Three"),
        ("WM/AlbumArtist", "Four"),
        ("WM/Genre", "Five"),
        ("WM/Year", "2021"),
        ("WM/TrackNumber", "7"),
        ("WM/Composer", "Eight"),
        ("REPLAYGAIN_TRACK_GAIN", "-6.50 dB"),
        ("My own", "Nine"),
    ] {
        let found = attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let found = found.unwrap_or_else(|| panic!("{name}: {attributes:?}"));
        assert_eq!(found.value, Value::Text(value.into()), "{name}");
    }
}
