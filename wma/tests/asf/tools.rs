//! Debian's programs, and small things that the tests share.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use wma::asf::{Config, Demuxer, Error, Muxer, WaveFormat};

/// A new file name in the tests' folder.
pub(crate) fn path(extension: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("asf-{}-{number}.{extension}", std::process::id()))
}

/// Runs a program of a Debian package, which must not complain, and returns what it prints.
pub(crate) fn run(package: &str, program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} can't be run ({error}); install it: apt-get install {package}")
    });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaint.is_empty(),
        "{program} {arguments:?}: {complaint}"
    );
    output.stdout
}

/// Runs a program on a file of these bytes; `FILE` stands for its name.
pub(crate) fn run_on(bytes: &[u8], package: &str, program: &str, arguments: &[&str]) -> Vec<u8> {
    let file = path("wma");
    std::fs::write(&file, bytes).unwrap();
    let name = file.to_str().unwrap();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|&argument| if argument == "FILE" { name } else { argument })
        .collect();
    let printed = run(package, program, &arguments);
    std::fs::remove_file(&file).unwrap();
    printed
}

/// A file by ffmpeg: so many seconds of two tones with the given output arguments.
pub(crate) fn ffmpeg_file(seconds: &str, arguments: &[&str]) -> Vec<u8> {
    let file = path("wma");
    let tones = format!("aevalsrc=0.3*sin(2764*t)|0.2*sin(5100*t):s=44100:d={seconds}");
    let mut all = vec!["-v", "error", "-y", "-f", "lavfi", "-i", &tones];
    all.extend(arguments);
    all.push(file.to_str().unwrap());
    run("ffmpeg", "ffmpeg", &all);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    bytes
}

/// Everything that the demuxer says of a file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) objects: Vec<Vec<u8>>,
    pub(crate) times: Vec<i64>,
    pub(crate) damage: Vec<String>,
}

pub(crate) fn read(file: &[u8]) -> Read {
    let mut demuxer = Demuxer::new(Cursor::new(file)).unwrap();
    let mut all = Read::default();
    loop {
        match demuxer.next_object() {
            Ok(None) => return all,
            Ok(Some(object)) => {
                all.objects.push(object.data.to_vec());
                all.times.push(object.time);
            }
            Err(error @ (Error::Damaged { .. } | Error::Truncated { .. })) => {
                all.damage.push(error.to_string());
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// A WMA 2 stream's format.
pub(crate) fn format() -> WaveFormat {
    WaveFormat {
        tag: 0x161,
        channels: 2,
        sample_rate: 44_100,
        bytes_per_second: 16_000,
        block_align: 743,
        bits_per_sample: 16,
        extra: vec![0, 0, 0, 0, 0x0f, 0, 0, 0, 0, 0],
    }
}

/// A file of these objects, 46 ms each.
pub(crate) fn mux(config: &Config<'_>, objects: &[Vec<u8>], duration: u64) -> Vec<u8> {
    let mut output = Cursor::new(Vec::new());
    let mut muxer = Muxer::new(&mut output, config).unwrap();
    for (object, nth) in objects.iter().zip(0..) {
        muxer.write(object, 46 * nth).unwrap();
    }
    let summary = muxer.finish(duration).unwrap();
    assert_eq!(summary.bytes, output.get_ref().len() as u64);
    assert_eq!(output.position(), summary.bytes);
    output.into_inner()
}

/// Numbers that look random and are the same each time (a linear congruential generator).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }
}
