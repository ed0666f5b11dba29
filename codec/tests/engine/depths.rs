//! Bit depths of WAV: kept, widened without loss, narrowed with dither.

use codec::{BitDepth, Options, Target};

use crate::signal::{Sample, Sound};
use crate::tools;

fn at(depth: BitDepth) -> Options {
    Options { bit_depth: Some(depth), ..Options::default() }
}

fn data(wav: &[u8]) -> &[u8] {
    let at = wav.windows(4).position(|w| w == b"data").unwrap();
    let size = u32::from_le_bytes(wav[at + 4..at + 8].try_into().unwrap()) as usize;
    &wav[at + 8..at + 8 + size]
}

#[test]
fn the_depth_of_the_source_is_kept_to_the_bit() {
    let source = Sound::tones(44_100, 2, 10_001);
    for sample in [Sample::Int(16), Sample::Int(24), Sample::Int(32), Sample::Float(32)] {
        let wav = source.wav_as(sample);
        let (result, receipt) = tools::plain(&wav, Target::Wav);
        assert!(data(&result) == data(&wav), "{sample:?}");
        assert_eq!(receipt.result.bit_depth, Some(u32::from(sample.bits())));
        assert!(!receipt.dithered);
        assert_eq!(tools::decode(&result, "wav").frames(), 10_001);
    }
}

#[test]
fn eight_bits_become_sixteen_without_loss_and_without_dither() {
    let wav = Sound::tones(44_100, 1, 10_001).wav_as(Sample::Int(8));
    let (result, receipt) = tools::through(&wav, Target::Wav, &Options::default());
    assert!(!receipt.dithered);
    assert_eq!(result.difference(&tools::decode(&wav, "wav")), 0.0);
}

#[test]
fn lossless_files_of_24_and_32_bits_arrive_exactly() {
    let source = Sound::tones(48_000, 2, 20_000);
    let wav = source.wav_as(Sample::Int(24));
    for bytes in [tools::flac(&wav, &[]), tools::ffmpeg(&wav, "m4a", &["-c:a", "alac"])] {
        let (result, _) = tools::plain(&bytes, Target::Wav);
        assert!(data(&result) == data(&wav));
    }
}

#[test]
fn widening_is_exact() {
    let wav = Sound::tones(44_100, 2, 5000).wav();
    for depth in [BitDepth::Int24, BitDepth::Int32, BitDepth::Float32] {
        let (result, receipt) = tools::through(&wav, Target::Wav, &at(depth));
        assert_eq!(result.difference(&tools::decode(&wav, "wav")), 0.0, "{depth:?}");
        assert!(!receipt.dithered);
    }
}

#[test]
fn narrowing_adds_triangular_dither_of_one_step() {
    let source = Sound::tones(44_100, 2, 50_000);
    let wav = source.wav_as(Sample::Int(24));
    let (result, receipt) = tools::through(&wav, Target::Wav, &at(BitDepth::Int16));
    assert!(receipt.dithered);
    let difference = source.difference(&result);
    assert!((1.0..1.6).contains(&difference), "{difference}");
    // Rounding (1/12) and triangular noise (1/6) make a quarter of a squared step.
    let errors =
        source.planes[0].iter().zip(&result.planes[0]).map(|(a, b)| ((a - b) * 32_768.0).powi(2));
    let power = errors.sum::<f64>() / 50_000.0;
    assert!((0.23..0.27).contains(&power), "{power}");
}

#[test]
fn companded_and_adpcm_wav_files_are_read() {
    let wav = Sound::tones(44_100, 2, 30_000).wav();
    for codec in ["pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms", "pcm_f64le"] {
        let input = tools::ffmpeg(&wav, "wav", &["-c:a", codec]);
        let (result, receipt) = tools::through(&input, Target::Wav, &Options::default());
        assert_eq!(receipt.source.codec, codec);
        let mut theirs = tools::decode(&input, "wav");
        theirs.planes.iter_mut().for_each(|plane| plane.truncate(result.frames()));
        assert!(result.difference(&theirs) <= 1.0, "{codec}");
    }
}

#[test]
fn floats_beyond_full_scale_are_clipped_and_counted_except_in_float() {
    let loud = Sound { rate: 44_100, planes: vec![vec![1.5; 100]] }.wav_as(Sample::Float(32));
    let (result, receipt) = tools::through(&loud, Target::Wav, &at(BitDepth::Int16));
    assert_eq!(receipt.clipped_samples, 100);
    assert!(result.planes[0].iter().all(|&x| x > 0.99));
    let (result, receipt) = tools::through(&loud, Target::Wav, &Options::default());
    assert_eq!((receipt.clipped_samples, result.planes[0][50]), (0, 1.5));
}

#[test]
fn what_is_not_a_number_becomes_silence() {
    let nothing =
        Sound { rate: 44_100, planes: vec![vec![f64::NAN; 3000]; 2] }.wav_as(Sample::Float(32));
    for target in Target::ALL {
        let (result, _) = tools::through(&nothing, target, &Options::default());
        assert!(result.planes.iter().flatten().all(|x| x.abs() < 1e-3), "{target}");
    }
}
