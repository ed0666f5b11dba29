//! ffmpeg, the encoder and the other decoder.

use std::io::Write;
use std::process::{Command, Stdio};

use wma::StreamFormat;

use crate::wave;

/// Runs ffmpeg on `input` and returns its output.
fn run(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-bitexact"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg must be installed (Debian: apt install ffmpeg)");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read everything, which is its own affair.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

/// Encodes interleaved samples; the packets come one after another.
pub(crate) fn encode(
    codec: &str,
    rate: u32,
    channels: u16,
    bit_rate: u32,
    samples: &[i16],
) -> (StreamFormat, Vec<u8>) {
    let bit_rate = bit_rate.to_string();
    let options = ["-i", "pipe:", "-c:a", codec, "-b:a", &bit_rate, "-f", "wav", "pipe:"];
    wave::stream(&run(&options, &wave::pcm(rate, channels, samples)))
}

/// Decodes packets to planes of `f32`.
pub(crate) fn decode(format: &StreamFormat, packets: &[u8]) -> Vec<Vec<f32>> {
    let options = ["-f", "wav", "-i", "pipe:", "-f", "f32le", "-c:a", "pcm_f32le", "pipe:"];
    let samples = run(&options, &wave::packets(format, packets));
    let channels = usize::from(format.channels);
    let mut planes = vec![Vec::new(); channels];
    for (i, sample) in samples.as_chunks::<4>().0.iter().enumerate() {
        planes[i % channels].push(f32::from_le_bytes(*sample));
    }
    planes
}
