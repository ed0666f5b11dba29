//! Delay and padding, where containers state them in ways that demuxers miss.

use codec::{Options, Target};

use crate::signal::Sound;
use crate::tools;

#[test]
fn our_mp3_files_play_at_their_exact_length_in_other_decoders() {
    for (rate, frames) in
        [(44_100, 50_000), (48_000, 1), (22_050, 33_333), (8_000, 12_345), (32_000, 1152)]
    {
        let source = Sound::tones(rate, 2, frames);
        let (mp3, receipt) = tools::plain(&source.wav(), Target::Mp3);
        assert_eq!(tools::decode(&mp3, "mp3").frames(), frames);
        let file = tools::path("mp3");
        std::fs::write(&file, &mp3).unwrap();
        let wav = tools::run("lame", "lame", &["--quiet", "--decode", file.to_str().unwrap(), "-"]);
        std::fs::remove_file(file).unwrap();
        assert_eq!((wav.len() - 44) / 4, frames, "lame --decode");
        let (_, back) = tools::plain(&mp3, Target::Wav);
        assert_eq!(back.source.frames, Some(frames as u64));
        assert_eq!(back.source.delay, receipt.result.delay);
    }
}

#[test]
fn the_edit_list_of_an_m4a_file_is_honoured() {
    let source = Sound::tones(44_100, 2, 100_000);
    let m4a = tools::ffmpeg(&source.wav(), "m4a", &["-c:a", "aac", "-b:a", "192k"]);
    let (result, receipt) = tools::through(&m4a, Target::Wav, &Options::default());
    assert_eq!(result.frames(), 100_000);
    assert_eq!(receipt.source.delay, Some(1024));
    assert!(source.snr(&result, 0) > 25.0);
}

#[test]
fn an_edit_list_that_cuts_the_end_is_honoured() {
    let source = Sound::tones(48_000, 1, 48_000);
    let mut m4a = tools::ffmpeg(&source.wav(), "m4a", &["-c:a", "aac"]);
    let at = m4a.windows(4).position(|w| w == b"elst").unwrap() + 12;
    let half = u32::from_be_bytes(m4a[at..at + 4].try_into().unwrap()) / 2;
    m4a[at..at + 4].copy_from_slice(&half.to_be_bytes());
    let (_, receipt) = tools::plain(&m4a, Target::Wav);
    assert_eq!(receipt.result.frames, Some(24_000));
}

#[test]
fn the_gapless_comment_of_itunes_is_honoured_where_there_is_no_edit_list() {
    let source = Sound::tones(44_100, 2, 60_000);
    let comment = "comment= 00000000 00000400 00000060 000000000000EA60 00000000";
    let arguments = ["-c:a", "aac", "-b:a", "192k", "-metadata", comment];
    let mut m4a = tools::ffmpeg(&source.wav(), "m4a", &arguments);
    // Without its name the box is passed over, as in a file that never had one.
    let edits = m4a.windows(4).position(|w| w == b"edts").unwrap();
    m4a[edits..edits + 4].copy_from_slice(b"free");
    let (_, receipt) = tools::plain(&m4a, Target::Wav);
    assert!(receipt.result.frames.unwrap() > 60_000);
    // ffmpeg writes no such box, so the comment's becomes it: same size, other names.
    let name = m4a.windows(4).position(|w| w == b"\xa9cmt").unwrap();
    let size = u32::from_be_bytes(m4a[name - 4..name].try_into().unwrap()) as usize;
    let value = m4a[name + 20..name - 4 + size].to_vec();
    let mut body = b"----".to_vec();
    body.extend_from_slice(b"iTunSMPB");
    body.extend_from_slice(&value);
    m4a[name..name + body.len()].copy_from_slice(&body);
    let (result, receipt) = tools::through(&m4a, Target::Wav, &Options::default());
    assert_eq!((receipt.result.frames, receipt.source.delay), (Some(60_000), Some(1024)));
    assert!(source.snr(&result, 0) > 25.0);
}

#[test]
fn files_put_one_after_the_other_are_read_to_the_end() {
    let wav = Sound::tones(44_100, 2, 44_100).wav();
    let mp3 = tools::lame(&wav, &["-b", "128"]);
    let (_, receipt) = tools::plain(&[&mp3[..], &mp3].concat(), Target::Wav);
    assert!(receipt.result.frames.unwrap() > 88_000, "{:?}", receipt.result.frames);
    let ogg = tools::ffmpeg(&wav, "ogg", &["-c:a", "libvorbis"]);
    let (_, receipt) = tools::plain(&[&ogg[..], &ogg].concat(), Target::Wav);
    assert_eq!(receipt.result.frames, Some(88_200));
}

#[test]
fn a_switch_between_stereo_and_mono_does_not_end_an_mp3() {
    let stereo = tools::lame(&Sound::tones(44_100, 2, 44_100).wav(), &["-b", "128", "-t"]);
    let mono = tools::lame(&Sound::tones(44_100, 1, 44_100).wav(), &["-b", "64", "-t"]);
    let (_, receipt) = tools::plain(&[&stereo[..], &mono, &stereo].concat(), Target::Wav);
    assert_eq!(receipt.result.channels, 2);
    assert!(receipt.result.frames.unwrap() > 3 * 44_100, "{receipt:?}");
}

#[test]
fn tags_at_the_end_are_not_taken_for_audio() {
    let wav = Sound::tones(44_100, 2, 20_000).wav();
    let bare = tools::lame(&wav, &["-b", "128", "-t"]);
    let (expected, _) = tools::plain(&bare, Target::Wav);
    let junk: Vec<u8> = bare.iter().copied().take(3000).collect();
    let mut ape = bare.clone();
    ape.extend_from_slice(&junk);
    ape.extend_from_slice(b"APETAGEX\xd0\x07\0\0");
    ape.extend_from_slice(&(junk.len() as u32 + 32).to_le_bytes());
    ape.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut id3v1 = ape.clone();
    id3v1.extend_from_slice(b"TAG");
    id3v1.extend_from_slice(&[0xff; 125]);
    for tagged in [ape, id3v1] {
        let (result, _) = tools::plain(&tagged, Target::Wav);
        assert_eq!(result.len(), expected.len());
    }
}

#[test]
fn a_wrong_length_in_an_mp3_header_does_not_cut_valid_audio() {
    // A stream of constant bit rate at its start and much denser later fools an estimate.
    let wav = Sound::tones(44_100, 2, 44_100).wav();
    let thick = tools::lame(&wav, &["-b", "320", "-t"]);
    let thin = tools::lame(&wav, &["-b", "64", "-t", "--resample", "44.1"]);
    let (_, receipt) = tools::plain(&[&thick[..], &thin, &thin].concat(), Target::Wav);
    assert!(receipt.result.frames.unwrap() > 3 * 44_100);
}
