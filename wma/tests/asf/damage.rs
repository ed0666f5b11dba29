//! Files that are wrong: what can be saved is saved, what can't is a typed error with its place.

use std::io::Cursor;

use wma::asf::{Config, Demuxer, Error, Header};

use crate::craft::{Layout, data_at, file};
use crate::tools::{Chance, format, mux, read};

const SIZE: usize = 1200;

fn sample() -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut chance = Chance(5);
    let objects: Vec<Vec<u8>> = (0..60).map(|_| chance.bytes(371)).collect();
    let packets = Layout::usual().packets(&objects, &mut chance);
    let file = file(SIZE, &packets);
    (objects, file)
}

fn start(file: &[u8]) -> usize {
    data_at(file) + 50
}

fn new(bytes: &[u8]) -> Result<(), Error> {
    Demuxer::new(Cursor::new(bytes)).map(|_| ())
}

#[test]
fn sizes_that_are_missing_or_wrong_do_no_harm() {
    let (objects, good) = sample();
    let data = data_at(&good);
    let huge = u64::MAX.to_le_bytes();
    let patches: [(&str, usize, &[u8]); 9] = [
        ("no data size", data + 16, &[0; 8]),
        ("a huge data size", data + 16, &huge),
        ("a small data size", data + 16, &[51, 0, 0, 0, 0, 0, 0, 0]),
        (
            "the data size without its head",
            data + 16,
            &((good.len() - data) as u64 - 50).to_le_bytes(),
        ),
        ("no packets in the data object", data + 40, &[0; 8]),
        ("a huge header size", 16, &huge),
        ("a header size of nothing", 16, &[0; 8]),
        ("no objects in the header", 24, &[0; 4]),
        ("a file size of nothing", 30 + 24 + 16, &[0; 8]),
    ];
    for (what, at, bytes) in patches {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        let found = read(&bad);
        assert!(found.objects == objects && found.damage.is_empty(), "{what}: {:?}", found.damage);
    }
}

#[test]
fn a_broadcast_is_read_to_its_end() {
    let (objects, mut file) = sample();
    let data = data_at(&file);
    file[30 + 24 + 64] |= 1;
    file[data + 16..data + 24].fill(0);
    file[data + 40..data + 48].fill(0xff);
    let header = Header::read(Cursor::new(&file)).unwrap();
    assert!(header.broadcast && header.packets == 0 && header.play_duration == 0);
    assert!(read(&file).objects == objects);
}

#[test]
fn a_file_that_is_cut_off_says_where() {
    let (objects, file) = sample();
    let cut = start(&file) + 7 * SIZE + 500;
    let found = read(&file[..cut]);
    assert_eq!(found.damage, [format!("the file ends at byte {cut}, within its data packet")]);
    assert!(found.objects.len() > 15 && objects.starts_with(&found.objects));
    for cut in [16, 29, 31, 90, 200, data_at(&file) + 10] {
        assert!(matches!(new(&file[..cut]), Err(Error::Truncated { .. })), "{cut}");
    }
    assert!(matches!(new(&file[..15]), Err(Error::NotAsf)));
    assert!(matches!(new(b"RIFF....WAVEfmt "), Err(Error::NotAsf)));
}

#[test]
fn a_packet_of_rubbish_costs_only_what_was_in_it() {
    let (objects, good) = sample();
    let mut bad = good.clone();
    let at = start(&good) + 4 * SIZE;
    bad[at..at + SIZE].fill(0);
    let found = read(&bad);
    assert_eq!(found.damage[0], format!("no packet where one should be at byte {at}"));
    assert!(found.objects.len() >= objects.len() - 5 && found.damage.len() <= 4);
    assert!(found.objects.iter().all(|object| objects.contains(object)));
    assert_eq!(found.objects.last(), objects.last());
}

#[test]
fn packets_are_found_again_after_bytes_were_lost_or_put_in() {
    let (objects, good) = sample();
    let at = start(&good) + 4 * SIZE + 700;
    let mut less = good.clone();
    less.drain(at..at + 333);
    let mut more = good.clone();
    more.splice(at..at, [0x55; 100]);
    for bad in [less, more] {
        let found = read(&bad);
        let known = found.objects.iter().filter(|object| objects.contains(object)).count();
        assert!(known >= objects.len() - 8, "{known} {:?}", found.damage);
        assert_eq!(found.objects.last(), objects.last());
        assert!(!found.damage.is_empty());
    }
}

#[test]
fn encrypted_files_are_refused() {
    let (_, good) = sample();
    let at = start(&good) - 50;
    for id in [
        [
            0xfb, 0xb3, 0x11, 0x22, 0x23, 0xbd, 0xd2, 0x11, 0xb4, 0xb7, 0x00, 0xa0, 0xc9, 0x55,
            0xfc, 0x6e,
        ],
        [
            0x14, 0xe6, 0x8a, 0x29, 0x22, 0x26, 0x17, 0x4c, 0xb9, 0x35, 0xda, 0xe0, 0x7e, 0xe9,
            0x28, 0x9c,
        ],
    ] {
        let mut object = id.to_vec();
        object.extend(32_u64.to_le_bytes());
        object.extend([0; 8]);
        let mut bad = good.clone();
        bad.splice(at..at, object);
        assert!(matches!(new(&bad), Err(Error::Protected)));
    }
    let mut bad = good.clone();
    let stream = bad.windows(4).position(|window| window == [0x91, 0x07, 0xdc, 0xb7]).unwrap();
    bad[stream + 24 + 48 + 1] |= 0x80;
    assert!(matches!(new(&bad), Err(Error::Protected)));
}

#[test]
fn a_file_without_audio_is_refused() {
    let (_, mut file) = sample();
    let stream = file.windows(4).position(|window| window == [0x91, 0x07, 0xdc, 0xb7]).unwrap();
    file[stream + 24] ^= 1;
    assert!(matches!(new(&file), Err(Error::NoAudio)));
}

#[test]
fn no_mutation_panics_or_hangs() {
    let (objects, good) = sample();
    let bytes: usize = objects.iter().map(Vec::len).sum();
    let mut chance = Chance(11);
    for _ in 0..3000 {
        let mut bad = good.clone();
        for _ in 0..=chance.below(6) {
            let range = if chance.below(2) == 0 { start(&good) } else { bad.len() };
            let at = chance.below(range.min(bad.len()));
            match chance.below(4) {
                0 => bad[at] = chance.below(256) as u8,
                1 => bad[at] ^= 1 << chance.below(8),
                2 => bad.truncate(at.max(30)),
                _ => bad[at] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)],
            }
        }
        let Ok(mut demuxer) = Demuxer::new(Cursor::new(&bad)) else { continue };
        let (mut steps, mut read) = (0, 0);
        loop {
            match demuxer.next_object() {
                Ok(None) => break,
                Ok(Some(object)) => read += object.data.len(),
                Err(_) => {}
            }
            steps += 1;
            assert!(steps < 10 * good.len(), "it does not end");
        }
        assert!(read <= 2 * good.len() + bytes);
    }
}

#[test]
fn what_does_not_fit_into_the_format_is_refused() {
    let config = Config { format: format(), ..Config::default() };
    let mut output = Cursor::new(Vec::new());
    let mut muxer = wma::asf::Muxer::new(&mut output, &config).unwrap();
    assert!(matches!(muxer.write(&[0], u64::MAX), Err(Error::TooLarge(_))));
    assert_eq!(mux(&config, &[vec![1; 10]], 1).len(), mux(&config, &[vec![2; 10]], 1).len());
}
