//! Memory does not grow with the length of the audio.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use codec::{Limits, Options, Target, Unattended};

use crate::signal::{Sample, wav_file};

/// A WAV file of any length that is made while it is read.
struct Endless {
    header: Vec<u8>,
    len: u64,
    position: u64,
}

impl Endless {
    fn new(seconds: u64) -> Self {
        let mut header = wav_file(8_000, 1, Sample::Int(16), &[]);
        let data = seconds * 16_000;
        let at = header.len() - 4;
        header[at..].copy_from_slice(&(data as u32).to_le_bytes());
        Self { len: header.len() as u64 + data, header, position: 0 }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.position.min(self.len)).unwrap();
        let count = buffer.len().min(left);
        for (place, slot) in (self.position..).zip(&mut buffer[..count]) {
            let at = usize::try_from(place).unwrap();
            // A triangle of 125 Hz: the low bytes of its samples, then the high ones.
            let wave = ((at / 2 % 64).abs_diff(32) as u16 * 512).to_le_bytes();
            *slot = self.header.get(at).copied().unwrap_or(wave[at % 2]);
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(offset) => self.len.saturating_add_signed(offset),
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
        };
        Ok(self.position)
    }
}

/// An output that only counts.
#[derive(Default)]
struct Counter {
    position: u64,
    most: u64,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.position += bytes.len() as u64;
        self.most = self.most.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Counter {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.position = at;
        }
        Ok(self.position)
    }
}

/// Runs this test program again for one test, alone in its process, and returns its peak memory.
fn peak_of(name: &str) -> u64 {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let (_, peak) = text.split_once("peak ").unwrap_or_else(|| panic!("{text}"));
    peak.split_whitespace().next().unwrap().parse().unwrap()
}

/// The most memory that this process ever held, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn two_hours_take_no_more_memory_than_a_minute() {
    let (short, long) = (peak_of("memory::one_minute"), peak_of("memory::two_hours"));
    assert!(long < short + 2048, "{short} KiB for a minute, {long} KiB for two hours");
    assert!(long < 48 * 1024, "{long} KiB");
}

fn convert_all(seconds: u64) {
    for target in Target::ALL {
        // The resampler is on the way once; the encoders get what they are quick with.
        let rate = if target == Target::Wav { 11_025 } else { 8_000 };
        let options = Options { sample_rate: Some(rate), ..Options::default() };
        let mut sink = Counter::default();
        let limits = Limits::default();
        let receipt = codec::convert(
            Endless::new(seconds),
            &mut sink,
            target,
            &options,
            &limits,
            &Unattended,
        )
        .unwrap();
        assert_eq!(receipt.result.frames, Some(seconds * u64::from(rate)));
        assert!(sink.most > seconds * 500);
    }
    println!("peak {}", peak());
}

#[test]
#[ignore = "run by two_hours_take_no_more_memory_than_a_minute, alone in a process"]
fn one_minute() {
    convert_all(60);
}

#[test]
#[ignore = "run by two_hours_take_no_more_memory_than_a_minute, alone in a process"]
fn two_hours() {
    convert_all(2 * 3600);
}

/// Keeps the head of a file and counts the rest.
#[derive(Default)]
struct Head {
    bytes: Cursor<Vec<u8>>,
    position: u64,
}
impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.position < 4096 {
            self.bytes.set_position(self.position);
            self.bytes.write_all(bytes)?;
        }
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl Seek for Head {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.position = at;
        }
        Ok(self.position)
    }
}

/// A head of bytes and then silence.
struct Silence {
    head: Vec<u8>,
    len: u64,
    position: u64,
}
impl Read for Silence {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.len - self.position).unwrap());
        let start = usize::try_from(self.position).unwrap().min(self.head.len());
        let (head, rest) = buffer[..count].split_at_mut(count.min(self.head.len() - start));
        head.copy_from_slice(&self.head[start..start + head.len()]);
        rest.fill(0x80);
        self.position += count as u64;
        Ok(count)
    }
}
impl Seek for Silence {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(_) => self.len,
            SeekFrom::Current(_) => self.position,
        };
        Ok(self.position)
    }
}

#[test]
fn what_outgrows_four_gib_becomes_rf64_and_can_be_read_again() {
    let frames = 140_000_000;
    let mut header = wav_file(192_000, 8, Sample::Int(8), &[]);
    let at = header.len() - 4;
    header[at..].copy_from_slice(&(frames as u32 * 8).to_le_bytes());
    let options = Options { bit_depth: Some(codec::BitDepth::Float32), ..Options::default() };
    let source = Silence { len: header.len() as u64 + frames * 8, head: header, position: 0 };
    let mut head = Head::default();
    let limits = Limits::default();
    codec::convert(source, &mut head, Target::Wav, &options, &limits, &Unattended).unwrap();
    let bytes = head.bytes.into_inner();
    assert_eq!(&bytes[..16], b"RF64\xff\xff\xff\xffWAVEds64");
    let data = u64::from_le_bytes(bytes[28..36].try_into().unwrap());
    assert_eq!(data, frames * 8 * 4);
    // The same header before as much silence is a file that can be read again.
    let start = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    let file = Silence { len: start as u64 + data, head: bytes[..start].to_vec(), position: 0 };
    let info = codec::probe(file, &Limits::default()).unwrap();
    assert_eq!(info.stream.frames, Some(frames));
}
