//! Test signals, and the tools that make and judge files: Debian's ffmpeg and lame.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Sample rate of every signal here, in Hz.
pub(crate) const RATE: u32 = 44_100;

/// Two channels of `frames` frames each, interleaved: a sweep on the left, a chord on the right.
pub(crate) fn signal(frames: usize) -> Vec<i16> {
    let sample = |frame: usize, channel: usize| {
        let t = frame as f64 / f64::from(RATE);
        let wave = match channel {
            0 => (TAU * (200.0 + 40.0 * t) * t).sin() * 0.5,
            _ => [220.0, 277.2, 329.6].iter().map(|hz| (TAU * hz * t).sin()).sum::<f64>() * 0.2,
        };
        (wave * 32_000.0).round() as i16
    };
    (0..frames * 2).map(|index| sample(index / 2, index % 2)).collect()
}

/// A 16-bit stereo RIFF/WAVE file of interleaved samples.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let data = u32::try_from(samples.len() * 2).unwrap();
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 4).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&data.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// An MP3 by Debian's own lame.
pub(crate) fn mp3(samples: &[i16]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let (source, result) = (folder.path().join("in.wav"), folder.path().join("out.mp3"));
    std::fs::write(&source, wav(samples)).unwrap();
    tool("lame", |lame| {
        lame.args(["--quiet", "-b", "192"]).arg(&source).arg(&result);
    });
    std::fs::read(result).unwrap()
}

/// The samples that Debian's ffmpeg finds in a file: interleaved, two channels.
pub(crate) fn decoded(file: &[u8]) -> Vec<i16> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, file).unwrap();
    let raw = tool("ffmpeg", |ffmpeg| {
        ffmpeg.args(["-nostdin", "-v", "error", "-i"]).arg(&path);
        ffmpeg.args(["-f", "s16le", "-ac", "2", "-ar", &RATE.to_string(), "-"]);
    });
    raw.chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect()
}

/// Signal-to-noise ratio of `heard` against `meant`, in dB, over what both have.
pub(crate) fn snr(meant: &[i16], heard: &[i16]) -> f64 {
    let power = |value: f64| value * value;
    let signal: f64 = meant.iter().map(|&sample| power(f64::from(sample))).sum();
    let noise: f64 =
        meant.iter().zip(heard).map(|(&a, &b)| power(f64::from(a) - f64::from(b))).sum();
    10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10()
}

/// Name of the codec that ffprobe finds in a file.
pub(crate) fn codec(file: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, file).unwrap();
    let words = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    let name = tool("ffprobe", |ffprobe| {
        ffprobe.args(words).arg(&path);
    });
    String::from_utf8(name).unwrap().trim().to_owned()
}

fn tool(name: &str, arguments: impl FnOnce(&mut Command)) -> Vec<u8> {
    let mut command = Command::new(name);
    arguments(&mut command);
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("{name} can't be run ({error}); install it with: apt-get install ffmpeg lame")
    });
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Whether a file is there and not empty.
pub(crate) fn is_filled(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}
