//! Debian's audio tools, and the engine as the tests call it.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use codec::{Error, Limits, Options, Receipt, Target, Unattended};
use fdk::{Config, Profile, Transport};

use crate::signal::{Sound, read_f64_wav};

/// A new file name in the tests' folder.
pub(crate) fn path(extension: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("engine");
    std::fs::create_dir_all(&folder).unwrap();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("{}-{number}.{extension}", std::process::id()))
}

/// Runs a tool of a Debian package and returns its standard output.
pub(crate) fn run(package: &str, program: &str, arguments: &[&str]) -> Vec<u8> {
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap_or_else(
            |error| {
                panic!("{program} can't be run ({error}); install it: apt-get install {package}")
            },
        );
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed: {complaint}");
    output.stdout
}

/// Turns a WAV file into another by ffmpeg with the given encoder arguments.
pub(crate) fn ffmpeg(wav: &[u8], extension: &str, arguments: &[&str]) -> Vec<u8> {
    let (from, to) = (path("wav"), path(extension));
    std::fs::write(&from, wav).unwrap();
    let mut all = vec!["-v", "error", "-y", "-i", from.to_str().unwrap()];
    all.extend(arguments);
    all.push(to.to_str().unwrap());
    run("ffmpeg", "ffmpeg", &all);
    take(&[&from], to)
}

/// Turns a WAV file into an MP3 file by the LAME command.
pub(crate) fn lame(wav: &[u8], arguments: &[&str]) -> Vec<u8> {
    let (from, to) = (path("wav"), path("mp3"));
    std::fs::write(&from, wav).unwrap();
    let mut all = vec!["--quiet"];
    all.extend(arguments);
    all.extend([from.to_str().unwrap(), to.to_str().unwrap()]);
    run("lame", "lame", &all);
    take(&[&from], to)
}

/// Turns a WAV file into a FLAC file by the reference encoder.
pub(crate) fn flac(wav: &[u8], arguments: &[&str]) -> Vec<u8> {
    let (from, to) = (path("wav"), path("flac"));
    std::fs::write(&from, wav).unwrap();
    let mut all = vec!["--silent", "-f", "-o", to.to_str().unwrap()];
    all.extend(arguments);
    all.push(from.to_str().unwrap());
    run("flac", "flac", &all);
    take(&[&from], to)
}

/// Encodes by FDK, which unlike Debian's ffmpeg knows HE-AAC; the stream and its
/// `AudioSpecificConfig`.
pub(crate) fn fdk(
    sound: &Sound,
    profile: Profile,
    bitrate: u32,
    transport: Transport,
) -> (Vec<u8>, Vec<u8>) {
    let channels = sound.channels() as u16;
    let config = Config { sample_rate: sound.rate, channels, bitrate, profile, transport };
    let mut encoder = fdk::Encoder::new(&config).unwrap();
    let mut samples = Vec::new();
    for frame in 0..sound.frames() {
        samples.extend(sound.planes.iter().map(|plane| (plane[frame] * 30_000.0) as i16));
    }
    let mut stream = Vec::new();
    let mut rest = &samples[..];
    while !rest.is_empty() {
        let (taken, unit) = encoder.encode(rest).unwrap();
        stream.extend_from_slice(unit);
        rest = &rest[taken..];
    }
    while let Some(unit) = encoder.flush().unwrap() {
        stream.extend_from_slice(unit);
    }
    (stream, encoder.config().to_vec())
}

/// Turns one container into another by ffmpeg, the packets as they are.
pub(crate) fn remux(bytes: &[u8], from: &str, to: &str, arguments: &[&str]) -> Vec<u8> {
    let (source, result) = (path(from), path(to));
    std::fs::write(&source, bytes).unwrap();
    let mut all = vec!["-v", "error", "-y", "-i", source.to_str().unwrap(), "-c", "copy"];
    all.extend(arguments);
    all.push(result.to_str().unwrap());
    run("ffmpeg", "ffmpeg", &all);
    take(&[&source], result)
}

fn take(others: &[&PathBuf], result: PathBuf) -> Vec<u8> {
    let bytes = std::fs::read(&result).unwrap();
    for file in others {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_file(result).unwrap();
    bytes
}

/// Decodes a file by ffmpeg.
pub(crate) fn decode(bytes: &[u8], extension: &str) -> Sound {
    let file = path(extension);
    std::fs::write(&file, bytes).unwrap();
    let name = file.to_str().unwrap();
    let wav = run(
        "ffmpeg",
        "ffmpeg",
        &["-v", "error", "-i", name, "-map", "0:a", "-c:a", "pcm_f64le", "-f", "wav", "-"],
    );
    std::fs::remove_file(file).unwrap();
    read_f64_wav(&wav)
}

/// What ffprobe says of a file, in its own `key=value` lines.
pub(crate) fn ffprobe(bytes: &[u8], extension: &str) -> String {
    let file = path(extension);
    std::fs::write(&file, bytes).unwrap();
    let name = file.to_str().unwrap();
    let text = run("ffmpeg", "ffprobe", &["-v", "error", "-show_format", "-show_streams", name]);
    std::fs::remove_file(file).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Converts in memory.
pub(crate) fn convert(
    bytes: &[u8],
    target: Target,
    options: &Options,
) -> Result<(Vec<u8>, Receipt), Error> {
    let mut output = Cursor::new(Vec::new());
    let limits = Limits::default();
    let receipt =
        codec::convert(Cursor::new(bytes), &mut output, target, options, &limits, &Unattended)?;
    Ok((output.into_inner(), receipt))
}

/// Converts with no options, which must succeed.
pub(crate) fn plain(bytes: &[u8], target: Target) -> (Vec<u8>, Receipt) {
    convert(bytes, target, &Options::default())
        .unwrap_or_else(|error| panic!("{target}: {error:?}"))
}

/// Converts and decodes again by ffmpeg.
pub(crate) fn through(bytes: &[u8], target: Target, options: &Options) -> (Sound, Receipt) {
    let (result, receipt) =
        convert(bytes, target, options).unwrap_or_else(|error| panic!("{target}: {error:?}"));
    (decode(&result, target.name()), receipt)
}

/// The code of the error that a conversion to WAV ends with.
pub(crate) fn code(bytes: &[u8]) -> &'static str {
    match convert(bytes, Target::Wav, &Options::default()) {
        Ok((_, receipt)) => panic!("converted after all: {receipt:?}"),
        Err(error) => error.code(),
    }
}
