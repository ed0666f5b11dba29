//! What the options do, and which values are refused.

use codec::{BitDepth, Options, Target};

use crate::signal::Sound;
use crate::tools;

fn refused(target: Target, options: &Options, name: &str) {
    let wav = Sound::tones(44_100, 2, 5000).wav();
    let error = tools::convert(&wav, target, options).unwrap_err();
    assert_eq!(error.code(), "invalid_option", "{error:?}");
    assert!(error.to_string().contains(name), "{error}");
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let none = Options::default;
    refused(Target::Mp3, &Options { bitrate: Some(1), ..none() }, "bitrate");
    refused(Target::Mp3, &Options { bitrate: Some(500_000), ..none() }, "bitrate");
    refused(Target::Wav, &Options { bitrate: Some(128_000), ..none() }, "bitrate");
    refused(Target::Mp3, &Options { sample_rate: Some(44_000), ..none() }, "sampleRate");
    refused(Target::Wav, &Options { sample_rate: Some(1), ..none() }, "sampleRate");
    refused(Target::Ogg, &Options { bit_depth: Some(BitDepth::Int16), ..none() }, "bitDepth");
    refused(Target::Mp3, &Options { channels: Some(6), ..none() }, "channels");
    refused(Target::Wav, &Options { channels: Some(0), ..none() }, "channels");
    refused(Target::Wav, &Options { gain: Some(f64::NAN), ..none() }, "gain");
    refused(Target::Wav, &Options { gain: Some(300.0), ..none() }, "gain");
    refused(Target::Wav, &Options { trim_start: Some(-1.0), ..none() }, "trimStart");
    refused(
        Target::Wav,
        &Options { trim_start: Some(2.0), trim_end: Some(1.0), ..none() },
        "trimEnd",
    );
}

#[test]
fn trimming_is_exact_to_the_frame() {
    let source = Sound::tones(44_100, 2, 44_100 * 2);
    let options = Options { trim_start: Some(0.5), trim_end: Some(1.25), ..Options::default() };
    let wav = source.wav();
    let part = |sound: &Sound| Sound {
        rate: sound.rate,
        planes: sound.planes.iter().map(|p| p[22_050..55_125].to_vec()).collect(),
    };
    for bytes in [
        wav.clone(),
        tools::flac(&wav, &[]),
        tools::lame(&wav, &["-b", "320"]),
        tools::ffmpeg(&wav, "m4a", &["-b:a", "256k"]),
    ] {
        let (result, receipt) = tools::through(&bytes, Target::Wav, &options);
        assert_eq!(receipt.result.frames, Some(33_075));
        assert!(part(&source).snr(&result, 0) > 25.0);
    }
    let open = Options { trim_end: Some(99.0), ..Options::default() };
    let (_, receipt) = tools::through(&wav, Target::Wav, &open);
    assert_eq!(receipt.result.frames, Some(88_200));
}

#[test]
fn gain_changes_the_level_and_clips_no_more_than_it_must() {
    let source = Sound::tones(44_100, 1, 20_000);
    let options = |gain| Options { gain: Some(gain), ..Options::default() };
    let (quiet, _) = tools::through(&source.wav(), Target::Wav, &options(-6.0));
    let factor = 10_f64.powf(-6.0 / 20.0);
    let ideal =
        Sound { rate: 44_100, planes: vec![source.planes[0].iter().map(|x| x * factor).collect()] };
    assert!(ideal.snr(&quiet, 0) > 75.0);
    let (_, receipt) = tools::through(&source.wav(), Target::Wav, &options(20.0));
    assert!(receipt.clipped_samples > 100);
}

#[test]
fn the_bit_rate_that_is_asked_for_is_made() {
    let wav = Sound::tones(44_100, 2, 44_100 * 4).wav();
    for bitrate in [64_000, 128_000, 192_000, 320_000] {
        for target in [Target::Mp3, Target::Aac] {
            let options = Options { bitrate: Some(bitrate), ..Options::default() };
            let (_, receipt) = tools::convert(&wav, target, &options).unwrap();
            let made = receipt.result.bitrate.unwrap() as f64 / f64::from(bitrate);
            assert!((0.5..1.12).contains(&made), "{target} {bitrate}: {made}");
        }
    }
    let low = Options { bitrate: Some(16_000), ..Options::default() };
    let (_, receipt) = tools::convert(&wav, Target::Mp3, &low).unwrap();
    assert!(receipt.result.sample_rate <= 24_000, "{receipt:?}");
    // Frames this small have no room for LAME's header; the length is exact all the same.
    let (result, receipt) = tools::through(&wav, Target::Mp3, &low);
    assert_eq!(receipt.result.frames, Some(result.frames() as u64));
    let noise = Sound::noise(44_100, 2, 44_100 * 2).wav();
    let sizes: Vec<usize> = [64_000, 128_000, 256_000]
        .map(|bitrate| Options { bitrate: Some(bitrate), ..Options::default() })
        .iter()
        .map(|options| tools::convert(&noise, Target::Ogg, options).unwrap().0.len())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
}

#[test]
fn without_a_bit_rate_a_better_source_is_never_dropped_to_128k() {
    let wav = Sound::tones(44_100, 2, 44_100 * 3).wav();
    let (_, receipt) = tools::plain(&wav, Target::Mp3);
    assert!(receipt.result.bitrate.unwrap() > 250_000);
    for kbps in ["160", "192", "256", "320"] {
        let mp3 = tools::lame(&wav, &["-b", kbps]);
        let (_, receipt) = tools::plain(&mp3, Target::Mp3);
        let made = receipt.result.bitrate.unwrap();
        assert!(made >= kbps.parse::<u64>().unwrap() * 1000, "{kbps}: {made}");
    }
}

#[test]
fn options_are_read_from_json_and_unknown_ones_are_refused() {
    let json = serde_json::json!({"bitrate": 192_000, "bitDepth": "24", "trimStart": 1.5, "keepArt": false});
    let options: Options = serde_json::from_value(json).unwrap();
    assert_eq!(options.bit_depth, Some(BitDepth::Int24));
    assert!(options.keep_tags && !options.keep_art);
    assert!(serde_json::from_value::<Options>(serde_json::json!({"bitRate": 1})).is_err());
    assert_eq!("MP3".parse::<Target>().unwrap(), Target::Mp3);
    assert!("flac".parse::<Target>().is_err());
}

#[test]
fn a_receipt_is_readable_json() {
    let (_, receipt) = tools::plain(&Sound::tones(44_100, 2, 5000).wav(), Target::Mp3);
    let json = serde_json::to_value(&receipt).unwrap();
    assert_eq!(json["target"], "mp3");
    assert_eq!(json["source"]["codec"], "pcm_s16le");
    assert_eq!(json["result"]["frames"], 5000);
    assert_eq!(json["result"]["delay"], 1105);
}

#[test]
fn a_probe_tells_shape_and_length_without_converting() {
    let wav = Sound::tones(44_100, 2, 44_100).wav();
    for (bytes, codec) in [
        (tools::lame(&wav, &[]), "mp3"),
        (tools::flac(&wav, &[]), "flac"),
        (tools::ffmpeg(&wav, "m4a", &[]), "aac"),
    ] {
        let info = codec::probe(std::io::Cursor::new(bytes), &codec::Limits::default()).unwrap();
        assert_eq!((info.stream.codec.as_str(), info.stream.frames), (codec, Some(44_100)));
        assert!(info.frames_exact);
    }
}
