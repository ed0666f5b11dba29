//! Inputs that can't be converted end with the right code and a sentence to act on.

use codec::{Error, Options, Target};

use crate::signal::{Sample, Sound, wav_file};
use crate::tools::{self, code};

fn sound() -> Sound {
    Sound::tones(44_100, 2, 44_100)
}

/// Replaces the four bytes at `at`.
fn patch(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn nothing_is_empty_audio() {
    assert_eq!(code(b""), "empty_audio");
    assert_eq!(code(&wav_file(44_100, 2, Sample::Int(16), b"")), "empty_audio");
    let trimmed = Options { trim_start: Some(5.0), ..Options::default() };
    let error = tools::convert(&sound().wav(), Target::Mp3, &trimmed).unwrap_err();
    assert_eq!(error.code(), "empty_audio");
}

#[test]
fn what_is_no_audio_is_named_or_not_recognised() {
    let unsupported: [&[u8]; 8] = [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"%PDF-1.7 ",
        b"PK\x03\x04\0\0\0\0",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c\0\0",
        b"RIFF\0\0\0\0AVI LIST",
        b"\x1a\x45\xdf\xa3\0\0\0\0",
        b"FORM\0\0\0\0AIFFCOMM",
    ];
    for bytes in unsupported {
        assert_eq!(code(bytes), "unsupported_format", "{}", bytes.escape_ascii());
    }
    let html = b"<!DOCTYPE html><html><body>404</body></html>".repeat(40);
    for bytes in [&html[..], b"Dear listener, ", &[0; 5000], &[0xff; 5000], b"R", b"RIFF", b"OggS"]
    {
        assert!(
            ["unrecognised_format", "corrupt"].contains(&code(bytes)),
            "{}",
            bytes[..4.min(bytes.len())].escape_ascii()
        );
    }
}

#[test]
fn wma_is_refused_by_name() {
    let wma = tools::ffmpeg(&sound().wav(), "wma", &["-c:a", "wmav2"]);
    let error = tools::convert(&wma, Target::Wav, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "unsupported_format");
    assert!(error.to_string().contains("Windows Media"), "{error}");
}

#[test]
fn unsupported_codecs_are_named() {
    let wav = sound().wav();
    let cases: [(&str, &[&str], &str); 4] = [
        ("ogg", &["-c:a", "libspeex", "-ar", "16000"], "Speex"),
        ("m4a", &["-c:a", "ac3", "-f", "mp4"], "AC-3"),
        ("wav", &["-c:a", "libmp3lame"], "MP3 in WAV"),
        ("mp4", &["-c:a", "libopus"], "Opus"),
    ];
    for (extension, arguments, name) in cases {
        let bytes = tools::ffmpeg(&wav, extension, arguments);
        let error = tools::convert(&bytes, Target::Wav, &Options::default()).unwrap_err();
        assert_eq!(error.code(), "unsupported_codec", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn truncated_files_are_called_truncated_wherever_the_container_promises_more() {
    let wav = sound().wav();
    let files = [
        ("wav", wav.clone()),
        ("flac", tools::flac(&wav, &[])),
        ("mp3", tools::lame(&wav, &["-b", "128"])),
        ("m4a", tools::ffmpeg(&wav, "m4a", &["-c:a", "aac"])),
        ("faststart m4a", tools::ffmpeg(&wav, "m4a", &["-c:a", "aac", "-movflags", "+faststart"])),
        ("alac", tools::ffmpeg(&wav, "m4a", &["-c:a", "alac"])),
        ("ogg", tools::ffmpeg(&wav, "ogg", &["-c:a", "libvorbis"])),
    ];
    for (name, bytes) in files {
        for part in [30, 50, 77, 95] {
            let cut = &bytes[..bytes.len() * part / 100];
            let found = code(cut);
            assert!(found == "truncated", "{name} cut to {part} %: {found}");
        }
    }
}

#[test]
fn a_raw_stream_without_a_promise_is_converted_as_far_as_it_goes() {
    let wav = sound().wav();
    let aac = tools::ffmpeg(&wav, "aac", &["-c:a", "aac"]);
    let (_, receipt) = tools::plain(&aac[..aac.len() / 2], Target::Wav);
    assert!(receipt.notes.iter().any(|note| note.contains("cut off")), "{:?}", receipt.notes);
    let mp3 = tools::lame(&wav, &["-b", "128", "-t"]);
    let (_, receipt) = tools::plain(&mp3[..mp3.len() / 2], Target::Wav);
    assert!(receipt.source.frames.unwrap() < 30_000);
}

#[test]
fn absurd_headers_fail_at_once() {
    let many = wav_file(44_100, 300, Sample::Int(16), &vec![0; 60_000]);
    assert_eq!(code(&many), "too_many_channels");
    let mut long = sound().wav();
    patch(&mut long, 40, 0xffff_fff0);
    assert_eq!(code(&long), "truncated");
    let mut fast = sound().wav();
    patch(&mut fast, 24, 0x7fff_ffff);
    assert_eq!(code(&fast), "unsupported_sample_rate");
    patch(&mut fast, 24, 0);
    assert_eq!(code(&fast), "unsupported_sample_rate");
    let mut none = sound().wav();
    none[22] = 0;
    assert_eq!(code(&none), "too_many_channels");
    let mut odd = sound().wav();
    odd[32] = 0;
    assert_eq!(code(&odd), "corrupt");
}

#[test]
fn too_long_is_told_before_and_while_decoding() {
    let limits = codec::Limits { max_seconds: 0.5, ..codec::Limits::default() };
    let wav = sound().wav();
    for bytes in [wav.clone(), tools::ffmpeg(&wav, "aac", &["-c:a", "aac"]), tools::lame(&wav, &[])]
    {
        let error = codec::convert(
            std::io::Cursor::new(bytes),
            std::io::Cursor::new(Vec::new()),
            Target::Wav,
            &Options::default(),
            &limits,
            &codec::Unattended,
        );
        assert_eq!(error.unwrap_err().code(), "too_long");
    }
}

#[test]
fn a_recording_to_a_pipe_is_read_to_its_end() {
    let mut wav = sound().wav();
    for lengths in [(0xffff_ffff, 0xffff_ffff), (0, 0)] {
        patch(&mut wav, 4, lengths.0);
        patch(&mut wav, 40, lengths.1);
        let (_, receipt) = tools::plain(&wav, Target::Wav);
        assert_eq!(receipt.result.frames, Some(44_100));
    }
}

#[test]
fn encrypted_audio_is_refused_as_such() {
    let mut m4a = tools::ffmpeg(&sound().wav(), "m4a", &["-c:a", "aac"]);
    let at = m4a.windows(4).position(|w| w == b"mp4a").unwrap();
    m4a[at..at + 4].copy_from_slice(b"drms");
    assert_eq!(code(&m4a), "drm_protected");
}

#[test]
fn damage_in_the_middle_is_bridged_in_lossy_files_and_refused_in_lossless_ones() {
    let wav = Sound::tones(44_100, 2, 44_100 * 5).wav();
    let mut mp3 = tools::lame(&wav, &["-b", "128"]);
    let middle = mp3.len() / 2;
    mp3[middle..middle + 300].fill(0x55);
    let (_, receipt) = tools::plain(&mp3, Target::Wav);
    assert_eq!(receipt.result.frames, Some(44_100 * 5), "{receipt:?}");
    let mut flac = tools::flac(&wav, &[]);
    let middle = flac.len() / 2;
    flac[middle..middle + 300].fill(0x55);
    assert!(["corrupt", "truncated"].contains(&code(&flac)));
    let mut m4a = tools::ffmpeg(&wav, "m4a", &["-c:a", "aac"]);
    let middle = m4a.len() / 2;
    m4a[middle..middle + 300].fill(0x55);
    let (_, receipt) = tools::plain(&m4a, Target::Wav);
    assert_eq!(receipt.result.frames, Some(44_100 * 5));
}

#[test]
fn the_extension_never_matters_and_tags_in_front_are_skipped() {
    let wav = sound().wav();
    let mut tag = b"ID3\x04\0\0\0\0\x07\x76".to_vec();
    tag.resize(10 + 0x3f6, 0);
    for bytes in [tools::lame(&wav, &[]), tools::flac(&wav, &[]), tools::ffmpeg(&wav, "aac", &[])] {
        let tagged = [&tag[..], &bytes].concat();
        let (result, _) = tools::plain(&tagged, Target::Wav);
        let (plain, _) = tools::plain(&bytes, Target::Wav);
        assert!(result == plain);
    }
}

#[test]
fn every_code_is_listed_and_every_sentence_says_what_to_do() {
    let errors = [
        Error::UnrecognisedFormat,
        Error::UnsupportedFormat("AIFF".into()),
        Error::DrmProtected,
        Error::EmptyAudio,
        Error::Cancelled,
        Error::Read(std::io::Error::other("x")),
        Error::TooLong { most_seconds: 60.0 },
    ];
    for error in errors {
        assert!(Error::CODES.contains(&error.code()), "{error:?}");
        let sentence = error.to_string();
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    }
    assert!(Error::EmptyAudio.is_input_fault());
    assert!(!Error::Write(std::io::Error::other("full")).is_input_fault());
    assert!(!Error::Cancelled.is_input_fault());
}
