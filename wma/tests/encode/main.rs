//! The encoder's streams as ffmpeg decodes them.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a test that meets the unexpected fails, and its numbers are small"
)]

use std::convert::Infallible;
use std::f64::consts::TAU;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use wma::asf::{Config, Muxer, WaveFormat};
use wma::encode::{Encoder, EncoderConfig, Packet};

/// Samples of each channel.
type Sound = Vec<Vec<f32>>;

/// A file with these samples, which the encoder is given in pieces of this length.
fn encode(config: EncoderConfig, sound: &Sound, piece: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(&config).unwrap();
    let format = encoder.format().clone();
    let wave = WaveFormat {
        tag: format.codec.tag(),
        channels: format.channels,
        sample_rate: format.sample_rate,
        bytes_per_second: format.byte_rate,
        block_align: u16::try_from(format.block_align).unwrap(),
        bits_per_sample: 16,
        extra: format.extra,
    };
    let mut file = Cursor::new(Vec::new());
    let mut muxer = Muxer::new(&mut file, &Config { format: wave, ..Config::default() }).unwrap();
    let rate = u64::from(config.sample_rate);
    let mut take = |packet: Packet<'_>| -> Result<(), Infallible> {
        assert_eq!(packet.data.len(), format.block_align as usize);
        muxer.write(packet.data, packet.sample * 1000 / rate).unwrap();
        Ok(())
    };
    let frames = sound[0].len();
    for start in (0..frames).step_by(piece) {
        let end = frames.min(start + piece);
        let planes: Vec<&[f32]> = sound.iter().map(|plane| &plane[start..end]).collect();
        encoder.encode(&planes, &mut take).unwrap();
    }
    encoder.finish(&mut take).unwrap();
    muxer.finish(frames as u64 * 10_000_000 / rate).unwrap();
    file.into_inner()
}

/// What ffmpeg makes of a file; it must have nothing to say.
fn decode(file: &[u8], channels: usize) -> Sound {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("encode-{}-{number}.wma", std::process::id()));
    std::fs::write(&path, file).unwrap();
    let output = Command::new("ffmpeg")
        .args(["-v", "warning", "-i", path.to_str().unwrap(), "-f", "f32le", "-"])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("install ffmpeg: apt-get install ffmpeg ({error})"));
    std::fs::remove_file(path).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // ffmpeg says how it labels channels, and wonders at files of a single packet.
    let known = ["Guessed Channel Layout", "non monotonically increasing dts"];
    let complaints: Vec<_> =
        said.lines().filter(|line| !known.iter().any(|known| line.contains(known))).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    let samples: Vec<f32> = output
        .stdout
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    (0..channels).map(|c| samples.iter().skip(c).step_by(channels).copied().collect()).collect()
}

fn tone(rate: u32, hertz: f64, frame: usize) -> f32 {
    (TAU * hertz * frame as f64 / f64::from(rate)).sin() as f32
}

/// Tones, silence, noise, clicks, and a square wave at full scale, one after the other.
fn trial(config: EncoderConfig, frames: usize) -> Sound {
    let mut seed = 1_u32;
    let part = frames.div_ceil(5).max(1);
    let plane = |channel: u16| {
        let sample = |frame: usize| match frame / part {
            0 => {
                let second = tone(config.sample_rate, 1234.5 + f64::from(channel), frame);
                0.3 * tone(config.sample_rate, 440.0, frame) + 0.2 * second
            }
            1 => 0.0,
            2 => {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / 8_388_608.0 - 1.0
            }
            3 => f32::from(u8::from(frame.is_multiple_of(3001))),
            _ => tone(config.sample_rate, 100.0, frame).signum(),
        };
        (0..frames).map(sample).collect()
    };
    (0..config.channels).map(plane).collect()
}

/// Signal to noise in dB over all channels, of the part that both have.
fn snr(original: &Sound, decoded: &Sound) -> f64 {
    let (mut signal, mut noise) = (0.0, 1e-20);
    for (x, y) in original.iter().flatten().zip(
        decoded.iter().zip(original).flat_map(|(plane, own)| plane.iter().take(own.len())),
    ) {
        signal += f64::from(*x).powi(2);
        noise += f64::from(x - y).powi(2);
    }
    10.0 * (signal / noise).log10()
}

const STEREO: EncoderConfig = EncoderConfig { sample_rate: 44_100, channels: 2, bit_rate: 128_000 };

#[test]
fn ffmpeg_decodes_every_configuration_without_a_warning() {
    for sample_rate in [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
        for channels in [1, 2] {
            for bit_rate in [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 320].map(|k| 1000 * k) {
                let config = EncoderConfig { sample_rate, channels, bit_rate };
                let frames = sample_rate as usize * 2 + 17;
                let sound = trial(config, frames);
                let decoded = decode(&encode(config, &sound, 4096), channels.into());
                let beyond = decoded[0].len() - frames;
                assert!(beyond < 4 * 2048, "{config:?}: {beyond}");
            }
        }
    }
}

#[test]
fn every_length_is_coded_to_its_end() {
    for frames in [1, 2, 3, 127, 128, 2047, 2048, 2049, 4095, 4096, 4097, 10_000] {
        let sound = vec![(0..frames).map(|n| 0.5 * tone(44_100, 700.0, n)).collect(); 2];
        let decoded = decode(&encode(STEREO, &sound, 1000), 2);
        assert!(decoded[0].len() >= frames, "{frames}");
        if frames > 127 {
            let snr = snr(&sound, &decoded);
            assert!(snr > 15.0, "{frames}: {snr:.1} dB");
        }
    }
}

#[test]
fn more_bits_bring_the_signal_nearer() {
    let mono = EncoderConfig { channels: 1, ..STEREO };
    let sound: Sound =
        vec![(0..88_200).map(|n| 0.4 * tone(44_100, 997.0, n) + 0.2 * tone(44_100, 3301.0, n)).collect()];
    let reach = |bit_rate: u32| {
        let config = EncoderConfig { bit_rate, ..mono };
        snr(&sound, &decode(&encode(config, &sound, 4096), 1))
    };
    let reached = [32_000, 64_000, 128_000].map(reach);
    assert!(reached[0] > 20.0 && reached[0] < reached[1] && reached[1] < reached[2], "{reached:?}");
    assert!(reached[2] > 50.0, "{reached:?}");
}

#[test]
fn silence_stays_silent_and_a_constant_stays_constant() {
    let silent = vec![vec![0.0; 100_000]; 2];
    let decoded = decode(&encode(STEREO, &silent, 4096), 2);
    assert!(decoded.iter().flatten().all(|&sample| sample == 0.0));
    let constant = vec![vec![0.25; 100_000]; 2];
    let decoded = decode(&encode(STEREO, &constant, 4096), 2);
    let inside = decoded[0][4096..96_000].iter();
    assert!(inside.clone().all(|sample| (sample - 0.25).abs() < 0.01));
}

#[test]
fn nothing_is_heard_before_a_click() {
    let mut plane = vec![0.0; 44_100];
    for (n, sample) in plane[22_000..30_000].iter_mut().enumerate() {
        *sample = 0.9 * tone(44_100, 3000.0, n) * (-(n as f32) / 800.0).exp();
    }
    let sound = vec![plane.clone(), plane];
    let decoded = decode(&encode(STEREO, &sound, 4096), 2);
    let loudest = |range: std::ops::Range<usize>| {
        decoded[0][range].iter().fold(0.0, |most: f32, sample| most.max(sample.abs()))
    };
    // Two short blocks before it there is nothing at all.
    assert!(loudest(0..22_000 - 256) < 1e-4, "{}", loudest(0..22_000 - 256));
    assert!(loudest(22_000..22_200) > 0.7);
}

#[test]
fn the_bit_rate_is_kept() {
    let mut seed = 7_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 16_777_216.0 - 0.5
    };
    let frames = 44_100 * 30;
    for bit_rate in [48_000, 128_000, 320_000] {
        let config = EncoderConfig { bit_rate, ..STEREO };
        let sound: Sound = (0..2).map(|_| (0..frames).map(|_| noise()).collect()).collect();
        let bytes = encode(config, &sound, 4096).len();
        let found = bytes as f64 * 8.0 / 30.0 / f64::from(bit_rate);
        assert!((0.95..1.06).contains(&found), "{bit_rate}: {found:.3} of it");
    }
}

#[test]
fn the_same_samples_give_the_same_bytes_however_they_come() {
    let sound = trial(STEREO, 60_000);
    let whole = encode(STEREO, &sound, 60_000);
    for piece in [777, 2048, 30_001] {
        assert!(encode(STEREO, &sound, piece) == whole, "{piece}");
    }
}

#[test]
fn what_the_format_has_not_is_refused() {
    for config in [
        EncoderConfig { channels: 3, ..STEREO },
        EncoderConfig { channels: 0, ..STEREO },
        EncoderConfig { sample_rate: 96_000, ..STEREO },
        EncoderConfig { bit_rate: 0, ..STEREO },
    ] {
        assert!(matches!(Encoder::new(&config), Err(wma::Error::Unsupported(_))), "{config:?}");
    }
}
