//! AAC in all its kinds and containers, with ffmpeg as the judge and symphonia as a second one.

use codec::{BitDepth, Options, Receipt, Target};
use fdk::{Profile, Transport};

use crate::signal::Sound;
use crate::tools;

/// The kinds of HE-AAC: profile, channels and bit rate.
const HIGH_EFFICIENCY: [(Profile, usize, u32); 6] = [
    (Profile::HighEfficiency, 2, 48_000),
    (Profile::HighEfficiency, 2, 64_000),
    (Profile::HighEfficiency, 1, 32_000),
    (Profile::HighEfficiency, 6, 160_000),
    (Profile::HighEfficiencyV2, 2, 24_000),
    (Profile::HighEfficiencyV2, 2, 32_000),
];

/// Converts to float, and holds every sample against ffmpeg's, which may play the last packet of
/// an MP4 file beyond the end of the track.
fn agrees_with_ffmpeg(bytes: &[u8], extension: &str, what: &str) -> Receipt {
    let float = Options { bit_depth: Some(BitDepth::Float32), ..Options::default() };
    let (ours, receipt) = tools::through(bytes, Target::Wav, &float);
    let mut theirs = tools::decode(bytes, extension);
    if extension == "m4a" && theirs.frames() < ours.frames() + 1024 {
        theirs.planes.iter_mut().for_each(|plane| plane.truncate(ours.frames()));
    }
    assert_eq!((ours.rate, ours.frames()), (theirs.rate, theirs.frames()), "{what}");
    let difference = ours.difference(&theirs);
    assert!(difference <= 1.0, "{what}: {difference}");
    receipt
}

#[test]
fn high_efficiency_aac_in_adts_comes_out_at_its_full_rate_as_from_ffmpeg() {
    for rate in [24_000, 32_000, 44_100, 48_000] {
        for (profile, channels, bitrate) in HIGH_EFFICIENCY {
            let sound = Sound::music(rate, channels, 3 * rate as usize);
            let (stream, _) = tools::fdk(&sound, profile, bitrate, Transport::Adts);
            let what = format!("{profile:?}, {channels} channels at {rate} Hz");
            let receipt = agrees_with_ffmpeg(&stream, "aac", &what);
            assert_eq!(receipt.source.codec, "he_aac", "{what}");
            assert_eq!(receipt.source.sample_rate, rate, "{what}");
            let told = receipt.source.bitrate.unwrap();
            assert!(told.abs_diff(bitrate.into()) < u64::from(bitrate) / 4, "{what}: {told}");
        }
    }
}

#[test]
fn high_efficiency_aac_in_latm_is_the_same() {
    for (profile, channels, bitrate) in HIGH_EFFICIENCY {
        let sound = Sound::music(44_100, channels, 100_000);
        let (stream, _) = tools::fdk(&sound, profile, bitrate, Transport::Loas);
        let receipt = agrees_with_ffmpeg(&stream, "loas", &format!("{profile:?} {channels}"));
        assert_eq!((&*receipt.source.container, &*receipt.source.codec), ("loas", "he_aac"));
    }
    let plain = Sound::music(48_000, 2, 100_000);
    let (stream, _) = tools::fdk(&plain, Profile::LowComplexity, 96_000, Transport::Loas);
    let receipt = agrees_with_ffmpeg(&stream, "loas", "LC");
    assert_eq!(receipt.source.codec, "aac");
}

#[test]
fn latm_is_read_from_where_a_recording_begins_and_over_damage() {
    let sound = Sound::music(44_100, 2, 200_000);
    let (stream, _) = tools::fdk(&sound, Profile::LowComplexity, 96_000, Transport::Loas);
    let (_, whole) = tools::plain(&stream, Target::Wav);
    let (_, late) = tools::plain(&stream[stream.len() / 2..], Target::Wav);
    assert!(late.source.frames.unwrap() > whole.source.frames.unwrap() * 2 / 5);
    let mut damaged = stream.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 400].fill(0x11);
    let (_, receipt) = tools::plain(&damaged, Target::Wav);
    assert!(receipt.concealed_packets > 0);
    assert!(receipt.source.frames.unwrap() > whole.source.frames.unwrap() * 9 / 10);
}

/// Replaces the `AudioSpecificConfig` in an MP4 file whose index stands last, and lets the boxes
/// around it grow.
fn with_config(mp4: &[u8], config: &[u8]) -> Vec<u8> {
    let mut bytes = mp4.to_vec();
    let esds = bytes.windows(4).position(|w| w == b"esds").unwrap();
    // Descriptors 3, 4 and 5 nest, each with a length of four bytes.
    let tags: Vec<usize> = [3_u8, 4, 5]
        .iter()
        .scan(esds + 8, |from, tag| {
            let head = [*tag, 0x80, 0x80, 0x80];
            let at = *from + bytes[*from..].windows(4).position(|w| w == head).unwrap();
            *from = at + 5;
            Some(at)
        })
        .collect();
    let old = usize::from(bytes[tags[2] + 4]);
    let grown = config.len() - old;
    for tag in tags.iter().rev() {
        bytes[tag + 4] += grown as u8;
    }
    let start = tags[2] + 5;
    bytes.splice(start..start + old, config.iter().copied());
    for name in [b"esds", b"mp4a", b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"] {
        let at = bytes[..esds + 4].windows(4).rposition(|w| w == name).unwrap() - 4;
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) + grown as u32;
        bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    bytes
}

#[test]
fn high_efficiency_aac_in_mp4_is_read_however_it_is_announced() {
    for (profile, channels, bitrate) in HIGH_EFFICIENCY {
        let sound = Sound::music(44_100, channels, 100_000);
        let (stream, hierarchical) = tools::fdk(&sound, profile, bitrate, Transport::Raw);
        assert!(!stream.is_empty());
        let (adts, _) = tools::fdk(&sound, profile, bitrate, Transport::Adts);
        let implicit = tools::remux(&adts, "aac", "m4a", &[]);
        agrees_with_ffmpeg(&implicit, "m4a", &format!("{profile:?} {channels} implicit"));
        let explicit = with_config(&implicit, &hierarchical);
        agrees_with_ffmpeg(&explicit, "m4a", &format!("{profile:?} {channels} hierarchical"));
        // LC at 22.05 kHz, then the extension: SBR at 44.1 kHz, and PS or none (1.6.5).
        let mono_core = profile == Profile::HighEfficiencyV2 || channels == 1;
        let core = [0x13, 0x80 | if mono_core { 1 } else { channels as u8 } << 3];
        let extension: &[u8] = match profile {
            Profile::HighEfficiencyV2 => &[0x56, 0xe5, 0xa5, 0x48, 0x80],
            _ => &[0x56, 0xe5, 0xa0],
        };
        let compatible = with_config(&implicit, &[&core[..], extension].concat());
        let what = format!("{profile:?} {channels} backward compatible");
        let receipt = agrees_with_ffmpeg(&compatible, "m4a", &what);
        assert_eq!(receipt.source.codec, "he_aac");
    }
}

#[test]
fn the_edit_list_of_high_efficiency_aac_is_honoured_in_both_time_scales() {
    let sound = Sound::music(44_100, 2, 100_000);
    let (adts, _) = tools::fdk(&sound, Profile::HighEfficiency, 64_000, Transport::Adts);
    for time_scale in ["22050", "44100"] {
        let arguments = ["-ss", "0.5", "-video_track_timescale", time_scale];
        let m4a = tools::remux(&adts, "aac", "m4a", &arguments);
        let (result, _) = tools::through(&m4a, Target::Wav, &Options::default());
        assert_eq!(result.frames(), tools::decode(&m4a, "m4a").frames(), "{time_scale}");
    }
}

#[test]
fn aac_of_all_channel_configurations_is_read_in_wave_order() {
    for channels in [1, 2, 3, 6] {
        let sound = Sound::music(48_000, channels, 60_000);
        for extension in ["m4a", "aac"] {
            let bytes = tools::ffmpeg(&sound.wav(), extension, &["-c:a", "aac", "-b:a", "256k"]);
            let receipt = agrees_with_ffmpeg(&bytes, extension, &format!("{channels} channels"));
            assert_eq!((receipt.source.channels, &*receipt.source.codec), (channels, "aac"));
        }
    }
    for channels in [4, 5] {
        let sound = Sound::music(48_000, channels, 60_000);
        let (bytes, _) = tools::fdk(&sound, Profile::LowComplexity, 256_000, Transport::Adts);
        agrees_with_ffmpeg(&bytes, "aac", &format!("{channels} channels"));
    }
}

#[test]
fn frames_of_several_blocks_and_junk_between_frames_are_read() {
    let sound = Sound::music(44_100, 2, 100_000);
    let (stream, _) = tools::fdk(&sound, Profile::LowComplexity, 128_000, Transport::Adts);
    let (_, whole) = tools::plain(&stream, Target::Wav);
    let half = stream.len() / 2;
    let at = half + stream[half..].windows(2).position(|w| w == [0xff, 0xf1]).unwrap();
    let junk = [&stream[..at], &[0x55; 777], &stream[at..]].concat();
    let (_, receipt) = tools::plain(&junk, Target::Wav);
    assert!(receipt.source.frames.unwrap() + 2048 >= whole.source.frames.unwrap());
    assert!(receipt.concealed_packets > 0);
}

#[test]
fn symphonia_decodes_low_complexity_aac_to_the_same_samples() {
    use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
    use symphonia::core::packet::PacketRef;
    use symphonia::core::units::{Duration, Timestamp};

    let sound = Sound::music(44_100, 2, 100_000);
    let stream = tools::ffmpeg(&sound.wav(), "aac", &["-c:a", "aac", "-b:a", "128k"]);
    let float = Options { bit_depth: Some(BitDepth::Float32), ..Options::default() };
    let (ours, _) = tools::through(&stream, Target::Wav, &float);
    let mut parameters = AudioCodecParameters::new();
    let codec = symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
    parameters
        .for_codec(codec)
        .with_sample_rate(44_100)
        .with_channels(symphonia::core::audio::layouts::CHANNEL_LAYOUT_STEREO);
    let options = AudioDecoderOptions::default();
    let mut decoder =
        symphonia::default::codecs::AacDecoder::try_new(&parameters, &options).unwrap();
    let mut planes = vec![Vec::new(); 2];
    let mut rest = &stream[..];
    while rest.len() > 7 {
        let length =
            usize::from(rest[3] & 3) << 11 | usize::from(rest[4]) << 3 | usize::from(rest[5] >> 5);
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(1024), &rest[7..length]);
        let mut block: Vec<Vec<f32>> = Vec::new();
        let sound = decoder.decode_ref(&packet).unwrap();
        assert_eq!(sound.num_planes(), 2);
        sound.copy_to_vecs_planar(&mut block);
        for (plane, samples) in planes.iter_mut().zip(block) {
            plane.extend(samples.into_iter().map(f64::from));
        }
        rest = &rest[length..];
    }
    let theirs = Sound { rate: 44_100, planes };
    assert!(ours.difference(&theirs) <= 1.0);
}

#[test]
fn plain_aac_is_never_taken_for_high_efficiency() {
    let noise = Sound::noise(24_000, 2, 24_000 * 3);
    for source in [
        noise,
        Sound::tones(22_050, 1, 60_000),
        Sound { rate: 24_000, planes: vec![vec![0.0; 60_000]; 2] },
    ] {
        for bitrate in ["24k", "48k", "96k"] {
            let bytes = tools::ffmpeg(&source.wav(), "aac", &["-c:a", "aac", "-b:a", bitrate]);
            tools::plain(&bytes, Target::Wav);
        }
        let (ours, _) = tools::plain(&source.wav(), Target::Aac);
        tools::plain(&ours, Target::Wav);
    }
}
