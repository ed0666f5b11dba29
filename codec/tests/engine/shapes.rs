//! Unusual shapes: very short, odd, surround, and all sample rates.

use codec::{Options, Target};

use crate::signal::{Sample, Sound};
use crate::tools;

#[test]
fn short_and_odd_lengths_come_out_exact() {
    for frames in [1, 2, 3, 127, 575, 576, 577, 1023, 1024, 1025, 1151, 1152, 1153, 4097] {
        let wav = Sound::tones(44_100, 2, frames).wav();
        let (result, _) = tools::through(&wav, Target::Mp3, &Options::default());
        assert_eq!(result.frames(), frames, "mp3");
        // ffmpeg plays at least one Vorbis block; this decoder knows better.
        let (ogg, _) = tools::plain(&wav, Target::Ogg);
        let (_, receipt) = tools::plain(&ogg, Target::Wav);
        assert_eq!(receipt.result.frames, Some(frames as u64), "ogg");
        let (back, _) = tools::plain(&wav, Target::Wav);
        assert!(back[44..] == wav[44..], "wav {frames}");
        let (result, receipt) = tools::through(&wav, Target::Aac, &Options::default());
        let around = receipt.result.delay.unwrap() + receipt.result.padding.unwrap();
        assert!(result.frames() + 1024 >= frames + around as usize, "aac: {}", result.frames());
    }
}

#[test]
fn every_sample_rate_becomes_every_output() {
    let rates = [
        8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000,
        176_400, 192_000, 4_000, 37_800, 44_056, 64_000, 384_000,
    ];
    for rate in rates {
        let source = Sound::tones(rate, 1, rate as usize / 2 + 1);
        for target in Target::ALL {
            let (result, receipt) = tools::through(&source.wav(), target, &Options::default());
            let what = format!("{rate} Hz to {target}");
            assert_eq!(receipt.result.sample_rate, result.rate, "{what}");
            assert_eq!(receipt.resampled, result.rate != rate, "{what}");
            let exact = source.frames() as f64 * f64::from(result.rate) / f64::from(rate);
            assert_eq!(receipt.result.frames, Some(exact.round() as u64), "{what}");
            let ideal = Sound::tones(result.rate, 1, receipt.result.frames.unwrap() as usize);
            let delay = if target == Target::Aac { 1024 } else { 0 };
            let snr = ideal.snr(&result, delay);
            assert!(snr > 15.0, "{what}: {snr:.1} dB");
        }
    }
}

#[test]
fn resampling_keeps_24_bits_clean_and_lets_no_alias_through() {
    for (from, to) in [(44_100, 48_000), (48_000, 44_100), (96_000, 44_100), (8_000, 48_000)] {
        let source = Sound::tones(from, 2, from as usize);
        let options = Options { sample_rate: Some(to), ..Options::default() };
        let (result, _) = tools::through(&source.wav_as(Sample::Float(32)), Target::Wav, &options);
        assert_eq!(result.frames(), to as usize);
        let ideal = Sound::tones(to, 2, to as usize);
        // The first and last moments ring, since the tones start and end at once.
        let middle = |sound: &Sound| Sound {
            rate: to,
            planes: sound
                .planes
                .iter()
                .map(|p| p[to as usize / 4..to as usize * 3 / 4].to_vec())
                .collect(),
        };
        let snr = middle(&ideal).snr(&middle(&result), 0);
        assert!(snr > 120.0, "{from} to {to}: {snr:.1} dB");
    }
    let tone =
        |frame: usize| 0.5 * (std::f64::consts::TAU * 23_000.0 * frame as f64 / 96_000.0).sin();
    let source = Sound { rate: 96_000, planes: vec![(0..96_000).map(tone).collect()] };
    let options = Options { sample_rate: Some(44_100), ..Options::default() };
    let (result, _) = tools::through(&source.wav_as(Sample::Float(32)), Target::Wav, &options);
    let loudest = result.planes[0][5000..39_000].iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    assert!(loudest < 1e-6, "{loudest}");
}

#[test]
fn surround_is_kept_where_the_target_has_it_and_folded_where_not() {
    let source = Sound::tones(48_000, 6, 48_000);
    let wav = source.wav();
    for (input, name) in [
        (wav.clone(), "wav"),
        (tools::flac(&wav, &[]), "flac"),
        (tools::ffmpeg(&wav, "ogg", &["-c:a", "libvorbis", "-q:a", "8"]), "ogg"),
    ] {
        for (target, channels, delay) in
            [(Target::Wav, 6, 0), (Target::Ogg, 6, 0), (Target::Aac, 6, 1024), (Target::Mp3, 2, 0)]
        {
            let (result, receipt) = tools::through(&input, target, &Options::default());
            assert_eq!(result.channels(), channels, "{name} to {target}");
            assert_eq!(receipt.mixed, channels == 2);
            if channels == 6 {
                // The LFE channel of a lossy codec keeps only low tones.
                let without = |sound: &Sound| Sound {
                    rate: sound.rate,
                    planes: sound
                        .planes
                        .iter()
                        .enumerate()
                        .filter(|(c, _)| *c != 3)
                        .map(|(_, p)| p.clone())
                        .collect(),
                };
                let snr = without(&source).snr(&without(&result), delay);
                assert!(snr > 15.0, "{name} to {target}: {snr:.1} dB");
            }
        }
    }
}

#[test]
fn a_downmix_follows_bs775_and_never_clips() {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let source = Sound::tones(48_000, 6, 10_000);
    let options = |channels| Options { channels: Some(channels), ..Options::default() };
    let wav = source.wav_as(Sample::Float(32));
    let (stereo, _) = tools::through(&wav, Target::Wav, &options(2));
    let p = &source.planes;
    let scale = 1.0 / (1.0 + 2.0 * half);
    let mix = |side: usize, back: usize| {
        (0..10_000).map(|i| scale * (p[side][i] + half * p[2][i] + half * p[back][i])).collect()
    };
    let ideal = Sound { rate: 48_000, planes: vec![mix(0, 4), mix(1, 5)] };
    assert!(ideal.snr(&stereo, 0) > 110.0);
    let (mono, _) = tools::through(&wav, Target::Wav, &options(1));
    let sum = 2.0 * half + 1.0 + 1.0;
    let one = (0..10_000)
        .map(|i| (half * (p[0][i] + p[1][i]) + p[2][i] + 0.5 * (p[4][i] + p[5][i])) / sum)
        .collect();
    assert!(Sound { rate: 48_000, planes: vec![one] }.snr(&mono, 0) > 110.0);
    let full = Sound { rate: 48_000, planes: vec![vec![1.0; 1000]; 6] };
    let (_, receipt) = tools::through(&full.wav(), Target::Wav, &options(2));
    assert_eq!(receipt.clipped_samples, 0);
}

#[test]
fn mono_and_stereo_change_into_each_other() {
    let mono = Sound::tones(44_100, 1, 5000);
    let options = |channels| Options { channels: Some(channels), ..Options::default() };
    let (result, _) = tools::through(&mono.wav(), Target::Wav, &options(2));
    let both = Sound { rate: 44_100, planes: vec![mono.planes[0].clone(); 2] };
    assert!(both.snr(&result, 0) > 80.0);
    let (back, _) = tools::through(&both.wav(), Target::Wav, &options(1));
    assert!(mono.snr(&back, 0) > 80.0);
}
