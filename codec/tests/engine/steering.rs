//! Progress and cancellation, and whose fault an input or output error is.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use codec::{Control, Limits, Options, Target, Unattended};

use crate::signal::Sound;
use crate::tools;

#[derive(Default)]
struct Recorder {
    fractions: Mutex<Vec<f64>>,
    asked: AtomicU32,
    stop_after: Option<u32>,
}

impl Control for Recorder {
    fn progress(&self, fraction: f64) {
        self.fractions.lock().unwrap().push(fraction);
    }

    fn cancelled(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.stop_after.is_some_and(|most| asked >= most)
    }
}

fn watched(
    bytes: &[u8],
    target: Target,
    control: &Recorder,
) -> Result<codec::Receipt, codec::Error> {
    let output = Cursor::new(Vec::new());
    codec::convert(
        Cursor::new(bytes),
        output,
        target,
        &Options::default(),
        &Limits::default(),
        control,
    )
}

#[test]
fn progress_rises_from_little_to_all() {
    let wav = Sound::tones(44_100, 2, 44_100 * 4).wav();
    for bytes in [
        wav.clone(),
        tools::lame(&wav, &[]),
        tools::ffmpeg(&wav, "ogg", &[]),
        tools::ffmpeg(&wav, "m4a", &[]),
        tools::ffmpeg(&wav, "aac", &[]),
    ] {
        for target in [Target::Wav, Target::Mp3, Target::Ogg] {
            let control = Recorder::default();
            watched(&bytes, target, &control).unwrap();
            let fractions = control.fractions.into_inner().unwrap();
            assert!(fractions.is_sorted(), "{target}");
            assert!(fractions.len() > 20 && fractions[0] < 0.2, "{target}");
            assert_eq!(fractions.last(), Some(&1.0), "{target}");
            assert!(fractions.iter().any(|f| (0.3..0.7).contains(f)), "{target}");
        }
    }
}

#[test]
fn a_conversion_stops_at_the_packet_after_it_is_cancelled() {
    let wav = Sound::tones(44_100, 2, 44_100 * 4).wav();
    for bytes in [wav.clone(), tools::flac(&wav, &[]), tools::ffmpeg(&wav, "m4a", &[])] {
        for most in [0, 1, 10, 30] {
            let control = Recorder { stop_after: Some(most), ..Recorder::default() };
            let error = watched(&bytes, Target::Mp3, &control).unwrap_err();
            assert_eq!(error.code(), "cancelled");
            assert!(!error.is_input_fault());
            assert!(control.asked.into_inner() <= most + 4, "asked on after it was told to stop");
        }
    }
}

/// An input or output that fails after so many bytes.
struct Failing<T> {
    inner: T,
    left: usize,
}

impl<T> Failing<T> {
    fn take(&mut self, wanted: usize) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let taken = wanted.min(self.left);
        self.left -= taken;
        Ok(taken)
    }
}

impl<T: Read> Read for Failing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.take(buffer.len())?;
        self.inner.read(&mut buffer[..wanted])
    }
}

impl<T: Write> Write for Failing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wanted = self.take(bytes.len())?;
        self.inner.write(&bytes[..wanted])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Seek> Seek for Failing<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn a_failing_disk_is_never_blamed_on_the_file() {
    let wav = Sound::tones(44_100, 2, 44_100 * 4).wav();
    let files = [
        wav.clone(),
        tools::flac(&wav, &[]),
        tools::lame(&wav, &[]),
        tools::ffmpeg(&wav, "ogg", &[]),
        tools::ffmpeg(&wav, "m4a", &[]),
        tools::ffmpeg(&wav, "aac", &[]),
    ];
    for bytes in &files {
        for left in [0, 5, 3000, bytes.len() / 3] {
            let input = Failing { inner: Cursor::new(bytes), left };
            let output = Cursor::new(Vec::new());
            let result = codec::convert(
                input,
                output,
                Target::Wav,
                &Options::default(),
                &Limits::default(),
                &Unattended,
            );
            let error = result.unwrap_err();
            assert!(error.code() == "io" && !error.is_input_fault(), "{left}: {error:?}");
        }
    }
}

#[test]
fn a_full_disk_is_told_as_such_by_every_target() {
    let wav = Sound::tones(44_100, 2, 44_100 * 8).wav();
    for target in Target::ALL {
        for left in [0, 10, 20_000] {
            let output = Failing { inner: Cursor::new(Vec::new()), left };
            let result = codec::convert(
                Cursor::new(&wav),
                output,
                target,
                &Options::default(),
                &Limits::default(),
                &Unattended,
            );
            let error = result.unwrap_err();
            assert!(
                matches!(&error, codec::Error::Write(e) if e.kind() == io::ErrorKind::StorageFull),
                "{target}: {error:?}"
            );
        }
    }
}
