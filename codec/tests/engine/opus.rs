//! Opus in Ogg, with opusdec and ffmpeg as the judges.

use codec::{BitDepth, Options, Target};

use crate::signal::Sound;
use crate::tools;

fn float() -> Options {
    Options { bit_depth: Some(BitDepth::Float32), ..Options::default() }
}

/// Decodes by the reference decoder.
fn opusdec(bytes: &[u8]) -> Sound {
    let (file, wav) = (tools::path("opus"), tools::path("wav"));
    std::fs::write(&file, bytes).unwrap();
    let arguments = ["--quiet", "--float", "--rate", "48000"];
    let files = [file.to_str().unwrap(), wav.to_str().unwrap()];
    tools::run("opus-tools", "opusdec", &[&arguments[..], &files].concat());
    let sound = tools::decode(&std::fs::read(&wav).unwrap(), "wav");
    std::fs::remove_file(file).unwrap();
    std::fs::remove_file(wav).unwrap();
    sound
}

/// Encodes by the reference encoder.
fn opusenc(sound: &Sound, arguments: &[&str]) -> Vec<u8> {
    let (wav, file) = (tools::path("wav"), tools::path("opus"));
    std::fs::write(&wav, sound.wav()).unwrap();
    let mut all = vec!["--quiet"];
    all.extend(arguments);
    all.extend([wav.to_str().unwrap(), file.to_str().unwrap()]);
    tools::run("opus-tools", "opusenc", &all);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    std::fs::remove_file(wav).unwrap();
    bytes
}

#[test]
fn all_modes_come_out_as_from_the_reference_decoder() {
    for channels in [1, 2] {
        let sound = Sound::music(48_000, channels, 100_001);
        let cases: [&[&str]; 9] = [
            &["--bitrate", "6", "--speech"],
            &["--bitrate", "12", "--speech", "--framesize", "60"],
            &["--bitrate", "20", "--speech"],
            &["--bitrate", "28", "--framesize", "10"],
            &["--bitrate", "40", "--music"],
            &["--bitrate", "64", "--framesize", "2.5"],
            &["--bitrate", "96", "--framesize", "5"],
            &["--bitrate", "128", "--hard-cbr"],
            &["--bitrate", "256", "--framesize", "40"],
        ];
        for arguments in cases {
            let bytes = opusenc(&sound, arguments);
            let (ours, receipt) = tools::through(&bytes, Target::Wav, &float());
            let theirs = opusdec(&bytes);
            assert_eq!((ours.rate, ours.frames()), (48_000, 100_001), "{arguments:?}");
            let difference = ours.difference(&theirs);
            assert!(difference <= 1.0, "{channels} {arguments:?}: {difference}");
            assert_eq!((&*receipt.source.codec, receipt.source.delay), ("opus", Some(312)));
        }
    }
}

#[test]
fn surround_has_its_channels_in_the_right_places() {
    for channels in [3, 4, 5, 6, 7, 8] {
        let sound = Sound::music(48_000, channels, 50_000);
        let bytes = opusenc(&sound, &["--bitrate", "400"]);
        let (ours, receipt) = tools::through(&bytes, Target::Wav, &float());
        let theirs = opusdec(&bytes);
        assert_eq!(receipt.source.channels, channels);
        let difference = ours.difference(&theirs);
        assert!(difference <= 1.0, "{channels} channels: {difference}");
    }
}

#[test]
fn short_files_and_other_rates_keep_their_length() {
    for (rate, frames) in
        [(48_000, 1), (48_000, 959), (48_000, 961), (16_000, 5000), (44_100, 44_100)]
    {
        let bytes = opusenc(&Sound::tones(rate, 2, frames), &["--bitrate", "96"]);
        let (ours, _) = tools::through(&bytes, Target::Wav, &float());
        assert_eq!(ours.frames(), opusdec(&bytes).frames(), "{frames} frames at {rate} Hz");
    }
}

#[test]
fn chained_streams_are_read_to_the_end_each_without_its_delay() {
    let first = Sound::tones(48_000, 2, 48_000);
    let second = Sound::noise(48_000, 2, 30_000);
    let (a, b) = (opusenc(&first, &["--bitrate", "128"]), opusenc(&second, &["--bitrate", "64"]));
    let (result, receipt) = tools::through(&[&a[..], &b].concat(), Target::Wav, &float());
    assert_eq!(receipt.source.frames, Some(78_000));
    let alone = tools::through(&b, Target::Wav, &float()).0;
    let tail = Sound {
        rate: 48_000,
        planes: result.planes.iter().map(|plane| plane[48_000..].to_vec()).collect(),
    };
    assert_eq!(tail.difference(&alone), 0.0);
    // The same stream twice has the same number twice.
    let (_, receipt) = tools::plain(&[&a[..], &a].concat(), Target::Wav);
    assert_eq!(receipt.source.frames, Some(96_000));
}

/// The pages of an Ogg file.
fn pages(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pages = Vec::new();
    let mut rest = bytes;
    while rest.len() >= 27 {
        let segments = usize::from(rest[26]);
        let body: usize = rest[27..27 + segments].iter().map(|&l| usize::from(l)).sum();
        let (page, more) = rest.split_at(27 + segments + body);
        pages.push(page);
        rest = more;
    }
    pages
}

/// A page with its sum made right.
fn summed(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    page[22..26].fill(0);
    let sum = page.iter().fold(0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
            if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

#[test]
fn streams_beside_the_one_that_is_read_are_passed_over() {
    let opus = opusenc(&Sound::music(48_000, 2, 100_000), &["--bitrate", "96"]);
    let vorbis =
        tools::ffmpeg(&Sound::tones(44_100, 2, 80_000).wav(), "ogg", &["-c:a", "libvorbis"]);
    let (ours, theirs) = (pages(&opus), pages(&vorbis));
    let mut mixed = [ours[0], theirs[0]].concat();
    for index in 1..ours.len().max(theirs.len()) {
        mixed.extend_from_slice(theirs.get(index).copied().unwrap_or_default());
        mixed.extend_from_slice(ours.get(index).copied().unwrap_or_default());
    }
    let (mixed, alone) = (
        tools::through(&mixed, Target::Wav, &float()).0,
        tools::through(&opus, Target::Wav, &float()).0,
    );
    assert_eq!(mixed.difference(&alone), 0.0);
}

#[test]
fn the_output_gain_is_applied() {
    let bytes = opusenc(&Sound::tones(48_000, 1, 48_000), &["--bitrate", "96"]);
    let (plain, _) = tools::through(&bytes, Target::Wav, &float());
    let list = pages(&bytes);
    let mut head = list[0].to_vec();
    // 27 bytes of page header, one segment, 16 bytes of OpusHead; -6 dB in steps of 1/256.
    head[44..46].copy_from_slice(&(-1536_i16).to_le_bytes());
    let quiet = [summed(&head), list[1..].concat()].concat();
    let (result, _) = tools::through(&quiet, Target::Wav, &float());
    let factor = 10_f64.powf(-6.0 / 20.0);
    let ideal = Sound {
        rate: 48_000,
        planes: plain.planes.iter().map(|p| p.iter().map(|x| x * factor).collect()).collect(),
    };
    assert!(ideal.difference(&result) < 0.01);
}

#[test]
fn a_stream_that_was_joined_late_or_lost_pages_is_read() {
    let bytes = opusenc(&Sound::music(48_000, 2, 48_000 * 8), &["--bitrate", "96"]);
    let list = pages(&bytes);
    assert!(list.len() > 6);
    let late = [&list[..2], &list[4..]].concat().concat();
    let (_, receipt) = tools::plain(&late, Target::Wav);
    let heard = receipt.source.frames.unwrap();
    assert!(heard > 48_000 * 5 && heard < 48_000 * 7, "{heard}");
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle] ^= 0xff;
    let (_, receipt) = tools::plain(&damaged, Target::Wav);
    assert!(receipt.concealed_packets > 0);
}

#[test]
fn tags_of_opus_are_carried_over() {
    let sound = Sound::tones(48_000, 2, 48_000);
    let bytes = opusenc(&sound, &["--title", "Tülle", "--artist", "Ann", "--comment", "MOOD=calm"]);
    let (mp3, receipt) = tools::plain(&bytes, Target::Mp3);
    assert!(receipt.tags.fields >= 3, "{:?}", receipt.tags);
    let text = tools::ffprobe(&mp3, "mp3");
    for line in ["TAG:title=Tülle", "TAG:artist=Ann"] {
        assert!(text.contains(line), "{text}");
    }
}
