//! Versions 1 and 2.

use wma::{Audio, Decoder, StreamFormat};

use crate::{ffmpeg, signal};

/// Signal to noise ratio that counts as the same, in dB.
const SAME: f64 = 100.0;

/// Decodes all packets; the delay is left in.
fn decode(format: &StreamFormat, packets: &[u8]) -> Audio {
    let mut decoder = Decoder::new(format).unwrap();
    let mut audio = Audio::new(format.channels.into());
    for packet in packets.chunks(format.block_align as usize) {
        decoder.decode(packet, &mut audio).unwrap();
    }
    decoder.flush(&mut audio);
    audio
}

/// The ratio in dB of `reference` to the difference.
fn ratio(samples: &[f32], reference: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let signal = power(&mut reference.iter().map(|&v| f64::from(v)));
    let pairs = samples.iter().zip(reference);
    let noise = power(&mut pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)));
    10.0 * (signal / noise).log10()
}

#[test]
fn every_configuration_decodes_as_in_ffmpeg() {
    let mut worst = f64::INFINITY;
    for codec in ["wmav1", "wmav2"] {
        for rate in [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
            for channels in [1, 2] {
                let samples = signal::music(rate, channels, 5.0);
                for kbit in [24, 48, 64, 96, 128, 192] {
                    let (format, packets) =
                        ffmpeg::encode(codec, rate, channels, kbit * 1000, &samples);
                    let name = format!("{codec} {rate} {channels} {kbit}");
                    if packets.is_empty() { println!("{name}: none"); continue; }
                    let ours = decode(&format, &packets);
                    let theirs = ffmpeg::decode(&format, &packets);
                    let delay = usize::try_from(Decoder::new(&format).unwrap().delay()).unwrap();
                    for (a, b) in ours.planes.iter().zip(&theirs) {
                        let r = ratio(&a[delay..], b);
                        println!("{name}: {} {} {r:.1}", a.len() - delay, b.len());
                        worst = worst.min(r);
                    }
                }
            }
        }
    }
    assert!(worst > SAME, "{worst}");
}
