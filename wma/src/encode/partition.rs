//! How a frame is parted into blocks: long ones where the sound goes on as it was, short ones
//! around its onsets, so that coding noise does not precede them audibly.

use super::tuning::Tuning;

/// Samples in a segment, which is the shortest block.
pub(super) const SEGMENT: usize = 128;
/// The most segments of a frame.
const MOST_SEGMENTS: usize = 16;

/// The lengths of a frame's blocks, as logarithms of the frame's length divided by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partition {
    pub(super) sizes: Vec<u8>,
}

/// Looks for onsets.
pub(super) struct Detector {
    segments: usize,
    sizes: usize,
    channels: Vec<Channel>,
    onsets: [bool; MOST_SEGMENTS],
}

/// The memory of one channel: a high-pass filter and how loud it was lately.
#[derive(Clone, Default)]
struct Channel {
    last: [f32; 2],
    level: f32,
}

impl Detector {
    /// A detector for frames of `frame_len` samples that may be parted into blocks of `sizes`
    /// lengths.
    pub(super) fn new(frame_len: usize, sizes: usize, channels: usize) -> Self {
        Self {
            segments: frame_len / SEGMENT,
            sizes,
            channels: vec![Channel::default(); channels],
            onsets: [false; MOST_SEGMENTS],
        }
    }

    /// Parts the frame that owns these samples, which follow those of the last call.
    pub(super) fn part(&mut self, planes: &[&[f32]], tuning: &Tuning, partition: &mut Partition) {
        self.onsets = [false; MOST_SEGMENTS];
        for (channel, plane) in self.channels.iter_mut().zip(planes) {
            for (onset, segment) in self.onsets.iter_mut().zip(plane.chunks_exact(SEGMENT)) {
                *onset |= channel.is_onset(segment, tuning);
            }
        }
        partition.sizes.clear();
        self.split(0, self.segments, 0, &mut partition.sizes);
    }

    fn split(&self, from: usize, to: usize, size: u8, sizes: &mut Vec<u8>) {
        let onset = self.onsets[from..to].contains(&true);
        if onset && usize::from(size) + 1 < self.sizes {
            let middle = from.midpoint(to);
            self.split(from, middle, size + 1, sizes);
            self.split(middle, to, size + 1, sizes);
        } else {
            sizes.push(size);
        }
    }
}

impl Channel {
    fn is_onset(&mut self, segment: &[f32], tuning: &Tuning) -> bool {
        let [mut a, mut b] = self.last;
        let mut energy = 0.0;
        for &sample in segment {
            // A zero at 0 Hz twice over: 12 dB per octave.
            let high = sample - 2.0 * a + b;
            (b, a) = (a, sample);
            energy += high * high;
        }
        self.last = [a, b];
        let onset = energy > tuning.onset_ratio * self.level && energy > tuning.onset_floor;
        self.level = if energy > self.level {
            self.level + tuning.onset_rise * (energy - self.level)
        } else {
            self.level * tuning.onset_decay + energy * (1.0 - tuning.onset_decay)
        };
        onset
    }
}
