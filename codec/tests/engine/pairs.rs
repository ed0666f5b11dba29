//! Every input with every output: length to the sample, signal as near as the codecs allow.

use codec::{Options, Target};

use crate::signal::Sound;
use crate::tools;

/// An input: its bytes, the frames that precede the signal in it, and its own SNR in dB.
struct Input {
    name: &'static str,
    bytes: Vec<u8>,
    delay: usize,
}

const FRAMES: usize = 100_003;

fn inputs(source: &Sound) -> Vec<Input> {
    let wav = source.wav();
    let ffmpeg = |name, arguments: &[&str]| tools::ffmpeg(&wav, name, arguments);
    let input = |name, bytes| Input { name, bytes, delay: 0 };
    vec![
        input("wav", wav.clone()),
        input("flac", tools::flac(&wav, &[])),
        input("mp3 by lame", tools::lame(&wav, &["-b", "192"])),
        input("mp3 by lame, variable", tools::lame(&wav, &["-V", "2"])),
        input("mp3 by ffmpeg", ffmpeg("mp3", &["-b:a", "192k"])),
        input("m4a", ffmpeg("m4a", &["-c:a", "aac", "-b:a", "192k"])),
        input("m4a, alac", ffmpeg("m4a", &["-c:a", "alac"])),
        input("ogg", ffmpeg("ogg", &["-c:a", "libvorbis", "-q:a", "6"])),
        input("ogg, flac", ffmpeg("oga", &["-c:a", "flac"])),
        // ADTS states no delay, so the encoder's stays in front.
        Input { delay: 1024, ..input("aac", ffmpeg("aac", &["-c:a", "aac", "-b:a", "192k"])) },
    ]
}

fn check(input: &Input, source: &Sound, target: Target) {
    let (result, receipt) = tools::through(&input.bytes, target, &Options::default());
    let what = format!("{} to {target}", input.name);
    let frames = receipt.source.frames.unwrap() as usize;
    if input.delay == 0 {
        assert_eq!(frames, source.frames(), "{what}: decoded");
    } else {
        assert!(
            (source.frames()..source.frames() + 2048).contains(&(frames - input.delay)),
            "{what}"
        );
    }
    let (delay, padding) = match target {
        Target::Aac => (receipt.result.delay.unwrap(), receipt.result.padding.unwrap()),
        // ffmpeg leaves the delay out, but plays on to the end of the last frame.
        Target::Wma => (0, receipt.result.padding.unwrap()),
        _ => (0, 0),
    };
    assert_eq!(result.frames(), frames + (delay + padding) as usize, "{what}: length");
    assert_eq!(receipt.result.frames, Some(frames as u64), "{what}: receipt");
    let snr = source.snr(&result, input.delay + delay as usize);
    assert!(snr > 20.0, "{what}: {snr:.1} dB");
}

#[test]
fn every_input_becomes_every_output_at_its_exact_length() {
    let source = Sound::tones(44_100, 2, FRAMES);
    for input in inputs(&source) {
        for target in Target::ALL {
            check(&input, &source, target);
        }
    }
}

#[test]
fn every_mono_input_becomes_every_output_at_its_exact_length() {
    let source = Sound::tones(48_000, 1, 50_001);
    for input in inputs(&source) {
        for target in Target::ALL {
            check(&input, &source, target);
        }
    }
}

#[test]
fn decoding_agrees_with_ffmpeg_to_one_step_of_16_bits() {
    let source = Sound::tones(44_100, 2, FRAMES);
    for input in inputs(&source) {
        let (ours, _) = tools::through(&input.bytes, Target::Wav, &Options::default());
        let extension = input.name.split([' ', ',']).next().unwrap();
        let mut theirs = tools::decode(&input.bytes, extension);
        // ffmpeg plays the last packet of an M4A file to its end, beyond what the file states.
        theirs.planes.iter_mut().for_each(|plane| plane.truncate(ours.frames()));
        let difference = ours.difference(&theirs);
        assert!(difference <= 1.0, "{}: {difference}", input.name);
    }
}

#[test]
fn layers_one_and_two_are_read() {
    let source = Sound::tones(44_100, 2, 44_100);
    let mp2 = tools::ffmpeg(&source.wav(), "mp2", &["-c:a", "mp2", "-b:a", "256k"]);
    let (result, receipt) = tools::through(&mp2, Target::Wav, &Options::default());
    assert_eq!(receipt.source.codec, "mp2");
    assert!(result.difference(&tools::decode(&mp2, "mp2")) <= 1.0);
}

#[test]
fn lossless_to_wav_is_exact_to_the_bit() {
    let wav = Sound::tones(44_100, 2, 44_101).wav();
    let samples = &wav[44..];
    for bytes in
        [wav.clone(), tools::flac(&wav, &["-8"]), tools::ffmpeg(&wav, "m4a", &["-c:a", "alac"])]
    {
        let (result, receipt) = tools::plain(&bytes, Target::Wav);
        assert!(&result[44..] == samples);
        assert!(!receipt.dithered && !receipt.resampled && !receipt.mixed);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let wav = Sound::tones(44_100, 2, 30_000).wav();
    let options = Options { sample_rate: Some(48_000), gain: Some(-3.0), ..Options::default() };
    for target in Target::ALL {
        let (first, _) = tools::convert(&wav, target, &options).unwrap();
        let (second, _) = tools::convert(&wav, target, &options).unwrap();
        assert!(first == second, "{target}");
    }
}
