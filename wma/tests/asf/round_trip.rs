//! What goes into the muxer comes out of the demuxer, and of ffmpeg's.

use std::io::Cursor;

use wma::asf::{Config, Demuxer, Header};

use crate::tools::{Chance, ffmpeg_file, format, mux, read, run_on};

#[test]
fn objects_of_any_size_come_back() {
    let mut chance = Chance(7);
    for packet_size in [None, Some(1), Some(150), Some(500), Some(3200), Some(65_535)] {
        for largest in [1, 20, 743, 5000, 70_000] {
            let objects: Vec<Vec<u8>> = (0..80)
                .map(|_| {
                    let size = 1 + chance.below(largest);
                    chance.bytes(size)
                })
                .collect();
            let config = Config { format: format(), packet_size, ..Config::default() };
            let file = mux(&config, &objects, 80 * 460_000);
            let found = read(&file);
            assert!(found.objects == objects, "{packet_size:?}, {largest}");
            assert!(found.damage.is_empty(), "{:?}", found.damage);
            assert_eq!(found.times, (0..80).map(|nth| 46 * nth).collect::<Vec<i64>>());
            let header = Header::read(Cursor::new(&file)).unwrap();
            assert_eq!(header.play_duration, 80 * 460_000 + header.preroll * 10_000);
            assert_eq!(header.audio[0].format, format());
            assert_eq!(mux(&config, &objects, 80 * 460_000), file, "the same bytes");
        }
    }
}

#[test]
fn ffmpeg_finds_the_same_objects_in_our_files() {
    let mut chance = Chance(9);
    let objects: Vec<Vec<u8>> = (0..500).map(|_| chance.bytes(743)).collect();
    for packet_size in [None, Some(400), Some(3200), Some(12_345)] {
        let config = Config { format: format(), packet_size, ..Config::default() };
        let file = mux(&config, &objects, 230_000_000);
        let copied = run_on(
            &file,
            "ffmpeg",
            "ffmpeg",
            &["-v", "error", "-i", "FILE", "-map", "0:a", "-c", "copy", "-f", "data", "-"],
        );
        assert!(copied == objects.concat(), "{packet_size:?}");
        let said = run_on(
            &file,
            "ffmpeg",
            "ffprobe",
            &["-v", "warning", "-show_entries", "format=duration,start_time", "-of", "csv", "FILE"],
        );
        assert_eq!(String::from_utf8(said).unwrap().trim(), "format,0.000000,23.000000");
    }
}

#[test]
fn every_length_is_told_to_the_sample() {
    for rate in [8000_u64, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
        for frames in (0..2000).chain([44_099, 1_000_003, 4_233_600_001]) {
            let duration = (frames * 10_000_000 + rate / 2) / rate;
            assert_eq!((duration * rate + 5_000_000) / 10_000_000, frames);
        }
    }
}

#[test]
fn ffmpegs_files_give_the_objects_that_ffmpeg_gives() {
    for codec in ["wmav1", "wmav2"] {
        for packet in ["512", "3200", "16000"] {
            let file = ffmpeg_file(
                "12.3",
                &["-c:a", codec, "-b:a", "128k", "-f", "asf", "-packet_size", packet],
            );
            let copied = run_on(
                &file,
                "ffmpeg",
                "ffmpeg",
                &["-v", "error", "-i", "FILE", "-map", "0:a", "-c", "copy", "-f", "data", "-"],
            );
            let found = read(&file);
            assert!(found.objects.concat() == copied, "{codec}, {packet}");
            assert!(found.damage.is_empty());
            let demuxer = Demuxer::new(Cursor::new(&file)).unwrap();
            let format = &demuxer.stream().format;
            assert_eq!((format.sample_rate, format.channels), (44_100, 2));
            assert!(found.objects.iter().all(|o| o.len() == usize::from(format.block_align)));
        }
    }
}
