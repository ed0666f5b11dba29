//! Tags and pictures travel, and a broken one never stops a conversion.

use codec::{Options, Target};

use crate::signal::Sound;
use crate::tools;

/// One red pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

fn tagged(extension: &str, codec: &[&str], art: bool) -> Vec<u8> {
    let wav = Sound::tones(44_100, 2, 30_000).wav();
    let picture = tools::path("png");
    std::fs::write(&picture, PNG).unwrap();
    let mut arguments = Vec::new();
    if art {
        arguments.extend([
            "-i",
            picture.to_str().unwrap(),
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:v",
            "copy",
        ]);
        arguments.extend(["-disposition:v", "attached_pic"]);
    }
    arguments.extend(["-metadata", "title=Grüße an 東京", "-metadata", "artist=The Tones"]);
    arguments.extend([
        "-metadata",
        "album=Sines",
        "-metadata",
        "track=3",
        "-metadata",
        "date=2021",
    ]);
    arguments.extend(codec);
    let bytes = tools::ffmpeg(&wav, extension, &arguments);
    std::fs::remove_file(picture).unwrap();
    bytes
}

#[test]
fn text_tags_are_carried_on_every_pair() {
    let inputs: [(&str, &[&str]); 5] = [
        ("mp3", &["-c:a", "libmp3lame"]),
        ("m4a", &["-c:a", "aac"]),
        ("ogg", &["-c:a", "libvorbis"]),
        ("flac", &["-c:a", "flac"]),
        ("wav", &["-c:a", "pcm_s16le"]),
    ];
    for (extension, codec) in inputs {
        let input = tagged(extension, codec, false);
        for target in Target::ALL {
            let (result, receipt) = tools::plain(&input, target);
            let text = tools::ffprobe(&result, target.name()).to_lowercase();
            for wanted in ["=grüße an 東京", "=the tones", "=sines"] {
                assert!(text.contains(wanted), "{extension} to {target}, {wanted}: {text}");
            }
            assert!(receipt.tags.fields >= 4, "{extension} to {target}: {:?}", receipt.tags);
        }
    }
}

#[test]
fn pictures_are_carried_where_they_can_be_and_left_where_they_are_not_wanted() {
    for (extension, codec) in [("mp3", "libmp3lame"), ("m4a", "aac"), ("flac", "flac")] {
        let input = tagged(extension, &["-c:a", codec], true);
        for target in Target::ALL {
            let (result, receipt) = tools::plain(&input, target);
            assert_eq!(receipt.tags.pictures, 1, "{extension} to {target}: {:?}", receipt.tags);
            if matches!(target, Target::Mp3 | Target::Ogg | Target::Wma) {
                let text = tools::ffprobe(&result, target.name());
                assert!(text.contains("codec_name=png"), "{extension} to {target}: {text}");
            }
            let without = Options { keep_art: false, ..Options::default() };
            let (_, receipt) = tools::convert(&input, target, &without).unwrap();
            assert_eq!(receipt.tags.pictures, 0);
            assert!(receipt.tags.fields >= 4);
            let bare = Options { keep_tags: false, keep_art: false, ..Options::default() };
            let (result, _) = tools::convert(&input, target, &bare).unwrap();
            assert!(!tools::ffprobe(&result, target.name()).contains("Sines"));
        }
    }
}

#[test]
fn freely_named_fields_are_carried() {
    for (extension, codec) in [("mp3", "libmp3lame"), ("ogg", "libvorbis"), ("flac", "flac")] {
        let input =
            tagged(extension, &["-c:a", codec, "-metadata", "MY_OWN_FIELD=forty-two"], false);
        for target in [Target::Mp3, Target::Ogg, Target::Aac, Target::Wma] {
            let (result, _) = tools::plain(&input, target);
            let text = tools::ffprobe(&result, target.name());
            assert!(
                text.to_uppercase().contains("MY_OWN_FIELD=FORTY-TWO"),
                "{extension} to {target}: {text}"
            );
        }
    }
}

#[test]
fn tags_do_not_disturb_the_length() {
    for (extension, codec) in [("mp3", "libmp3lame"), ("flac", "flac"), ("m4a", "aac")] {
        let input = tagged(extension, &["-c:a", codec], true);
        let (result, _) = tools::through(&input, Target::Mp3, &Options::default());
        assert_eq!(result.frames(), 30_000, "{extension}");
    }
}

#[test]
fn a_broken_tag_never_fails_a_conversion() {
    for (extension, codec) in [("mp3", "libmp3lame"), ("flac", "flac")] {
        let input = tagged(extension, &["-c:a", codec], false);
        // The frames of the ID3 tag, whose length is its tenth byte here, or the comments of FLAC.
        let (start, end) =
            if extension == "mp3" { (10, 10 + usize::from(input[9])) } else { (60, 130) };
        for step in 0..40 {
            let mut broken = input.clone();
            for at in (start..end).skip(step).step_by(7) {
                broken[at] ^= 0xff;
            }
            match tools::convert(&broken, Target::Wav, &Options::default()) {
                Ok((_, receipt)) => assert_eq!(receipt.result.frames, Some(30_000)),
                // In FLAC the lengths of the metadata blocks lie there too.
                Err(error) => assert!(extension == "flac", "{error:?}"),
            }
        }
    }
}
