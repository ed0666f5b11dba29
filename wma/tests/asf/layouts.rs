//! Every layout of packets and payloads gives back the objects that went in.

use crate::craft::{Draft, Layout, file, put};
use crate::tools::{Chance, read};

fn objects(chance: &mut Chance) -> Vec<Vec<u8>> {
    (0..40)
        .map(|_| {
            let size = 1 + chance.below(2500);
            chance.bytes(size)
        })
        .collect()
}

#[test]
fn random_layouts_give_back_their_objects() {
    let mut chance = Chance(1);
    for _ in 0..300 {
        let layout = Layout::random(&mut chance);
        let wanted = objects(&mut chance);
        let packets = layout.packets(&wanted, &mut chance);
        let found = read(&file(layout.packet_size, &packets));
        assert_eq!(found.damage, Vec::<String>::new(), "{layout:?}");
        assert!(found.objects == wanted, "{layout:?}");
        let times: Vec<i64> = (0..40).map(|nth| 46 * nth).collect();
        assert_eq!(found.times, times, "{layout:?}");
    }
}

#[test]
fn compressed_payloads_hold_many_objects() {
    let layout = Layout { multiple: false, ..Layout::usual() };
    let mut draft = Draft { payloads: 1, ..Draft::default() };
    draft.bytes.extend([0x81, 200]);
    // The offset of such a payload is a time, and its replicated data the step to the next.
    put(&mut draft.bytes, layout.offset, 3100 + 1000);
    draft.bytes.extend([1, 46]);
    let wanted: Vec<Vec<u8>> = (1..9).map(|nth| vec![nth; usize::from(nth) * 10]).collect();
    for object in &wanted {
        draft.bytes.push(object.len() as u8);
        draft.bytes.extend(object);
    }
    let packets = [layout.packet(&mut draft)];
    let found = read(&file(layout.packet_size, &packets));
    assert_eq!(found.objects, wanted);
    assert_eq!(found.times, (0..8).map(|nth| 1000 + 46 * nth).collect::<Vec<i64>>());
    assert!(found.damage.is_empty());
}

#[test]
fn an_object_without_replicated_data_is_whole_and_has_its_packets_time() {
    let layout = Layout { multiple: false, ..Layout::usual() };
    let mut draft = Draft { payloads: 1, ..Draft::default() };
    draft.bytes.extend([0x81, 9]);
    put(&mut draft.bytes, layout.offset, 0);
    draft.bytes.push(0);
    draft.bytes.extend([7; 100]);
    let packets = [layout.packet(&mut draft)];
    let found = read(&file(layout.packet_size, &packets));
    assert_eq!((found.objects, found.times), (vec![vec![7; 100]], vec![0]));
}

#[test]
fn spread_audio_is_gathered() {
    let (span, packet, chunk) = (4_usize, 90_usize, 30_usize);
    let mut chance = Chance(3);
    let wanted = chance.bytes(span * packet);
    // Chunk after chunk, each packet's in turn: what the demuxer has to undo.
    let mut spread = vec![0; wanted.len()];
    let chunks = packet / chunk;
    for (index, bytes) in wanted.chunks(chunk).enumerate() {
        let to = (index / span + index % span * chunks) * chunk;
        spread[to..to + chunk].copy_from_slice(bytes);
    }
    let layout = Layout::usual();
    let packets = layout.packets(&[spread], &mut chance);
    let mut bytes = file(layout.packet_size, &packets);
    let plain = [1, 231, 2, 231, 2, 1, 0, 0];
    let at = bytes.windows(8).position(|window| window == plain).unwrap();
    bytes[at..at + 5].copy_from_slice(&[span as u8, packet as u8, 0, chunk as u8, 0]);
    assert_eq!(read(&bytes).objects, [wanted]);
}
