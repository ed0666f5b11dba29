//! A simple index (section 6.1): in which packet the audio of each moment begins.

use crate::asf::guid::{self, Guid};

/// The most entries; beyond them every other one goes, so that memory has a bound.
const MOST: usize = 8192;
/// The first interval between entries in ms.
const INTERVAL: u64 = 1000;

/// The index that is being gathered.
#[derive(Debug)]
pub(super) struct Index {
    interval: u64,
    entries: Vec<u32>,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { interval: INTERVAL, entries: Vec::new() }
    }

    /// Notes that the object that is presented at `time` ms begins in packet `packet`.
    pub(super) fn note(&mut self, time: u64, packet: u32) {
        while self.entries.len() as u64 * self.interval <= time {
            if self.entries.len() == MOST {
                let mut nth = 0_usize;
                self.entries.retain(|_| {
                    nth += 1;
                    nth % 2 == 1
                });
                self.interval *= 2;
            } else {
                self.entries.push(packet);
            }
        }
    }

    /// The index object.
    pub(super) fn to_bytes(&self, file_id: &Guid) -> Vec<u8> {
        let size = 56 + 6 * self.entries.len();
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(&guid::SIMPLE_INDEX);
        bytes.extend_from_slice(&(size as u64).to_le_bytes());
        bytes.extend_from_slice(file_id);
        bytes.extend_from_slice(&(self.interval * 10_000).to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for packet in &self.entries {
            bytes.extend_from_slice(&packet.to_le_bytes());
            bytes.extend_from_slice(&1_u16.to_le_bytes());
        }
        bytes
    }
}
