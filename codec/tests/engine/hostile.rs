//! Damaged files by the thousand: they end, they panic nobody, and storage is never blamed.

use codec::{Options, Target};
use fdk::{Profile, Transport};

use crate::signal::{Sample, Sound};
use crate::tools;

/// A fixed sequence of numbers that look random (a 64-bit LCG of Knuth's).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let sound = Sound::tones(22_050, 2, 9_000);
    let wav = sound.wav();
    let ffmpeg = |extension, arguments: &[&str]| tools::ffmpeg(&wav, extension, arguments);
    vec![
        ("wav", wav.clone()),
        ("float wav", Sound::tones(8_000, 3, 3000).wav_as(Sample::Float(32))),
        ("adpcm wav", ffmpeg("wav", &["-c:a", "adpcm_ima_wav"])),
        ("mp3", tools::lame(&wav, &["-b", "64"])),
        ("mp2", ffmpeg("mp2", &["-c:a", "mp2", "-b:a", "96k"])),
        ("aac", ffmpeg("aac", &["-c:a", "aac"])),
        ("he-aac", tools::fdk(&sound, Profile::HighEfficiency, 32_000, Transport::Adts).0),
        ("he-aac v2", tools::fdk(&sound, Profile::HighEfficiencyV2, 20_000, Transport::Adts).0),
        ("latm", tools::fdk(&sound, Profile::HighEfficiency, 32_000, Transport::Loas).0),
        ("m4a", ffmpeg("m4a", &["-c:a", "aac"])),
        (
            "fragmented m4a",
            ffmpeg("m4a", &["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
        ),
        ("alac", ffmpeg("m4a", &["-c:a", "alac"])),
        ("ogg", ffmpeg("ogg", &["-c:a", "libvorbis"])),
        ("opus", ffmpeg("opus", &["-c:a", "libopus", "-b:a", "48k"])),
        ("ogg flac", ffmpeg("oga", &["-c:a", "flac"])),
        ("flac", tools::flac(&wav, &[])),
    ]
}

/// Damages a file in one of the ways that files are damaged.
fn mutate(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    let head = damaged.len().min(600);
    for _ in 0..=numbers.below(6) {
        let len = damaged.len().max(1);
        match numbers.below(6) {
            0 => damaged[numbers.below(head)] = numbers.below(256) as u8,
            1 => damaged[numbers.below(len)] ^= 1 << numbers.below(8),
            2 => {
                let (at, value) = (numbers.below(len), [0, 0x7f, 0x80, 0xff][numbers.below(4)]);
                damaged[at..(at + 4).min(len)].fill(value);
            }
            3 => damaged.truncate(len / 2 + numbers.below(len / 2 + 1)),
            4 => {
                let (from, to) = (numbers.below(len), numbers.below(len));
                let piece: Vec<u8> = damaged[from..(from + 64).min(len)].to_vec();
                damaged.splice(to..to, piece);
            }
            _ => {
                let at = numbers.below(len);
                damaged.drain(at..(at + 1 + numbers.below(64)).min(len));
            }
        }
        if damaged.len() < 16 {
            break;
        }
    }
    damaged
}

#[test]
fn damaged_files_end_in_a_result_or_an_error_of_their_own() {
    // Contained panics of decoders would fill the screen.
    std::panic::set_hook(Box::new(|_| {}));
    let mut numbers = Numbers(7);
    let mut failed_decoders = Vec::new();
    for (name, bytes) in seeds() {
        for round in 0..250 {
            let damaged = mutate(&bytes, &mut numbers);
            let target = Target::ALL[round % 5];
            match tools::convert(&damaged, target, &Options::default()) {
                Ok((result, receipt)) => {
                    assert!(
                        !result.is_empty() && receipt.result.frames > Some(0),
                        "{name} {round}"
                    );
                }
                Err(error) => {
                    assert!(error.is_input_fault(), "{name} {round}: {error:?}");
                    if error.code() == "decoder_failed" {
                        failed_decoders.push(format!("{name} {round}: {error:?}"));
                    }
                }
            }
        }
    }
    let _ = std::panic::take_hook();
    println!("contained panics: {failed_decoders:#?}");
}

#[test]
fn every_short_prefix_of_a_file_is_survived() {
    for (name, bytes) in seeds() {
        for len in (0..bytes.len().min(1500)).step_by(13) {
            if let Err(error) = tools::convert(&bytes[..len], Target::Wav, &Options::default()) {
                assert!(error.is_input_fault(), "{name} {len}: {error:?}");
            }
        }
    }
}
