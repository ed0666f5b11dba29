//! Changing the number of channels by a matrix, after ITU-R BS.775-3 (annex 4).

use crate::block::Block;
use crate::layout::{BC, BL, BR, FL, FLC, FR, FRC, LFE, Layout, SL, SR};

const HALF_POWER: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// A mixing matrix with its gain; no sum can exceed full scale if no input does.
#[derive(Debug)]
pub(crate) struct Mixer {
    /// `rows[output channel][input channel]`.
    rows: Vec<Vec<f32>>,
    mixed: Block,
}

impl Mixer {
    /// The mixer from one layout to another, or `None` if there is nothing to mix.
    pub(crate) fn new(from: Layout, to: Layout) -> Option<Self> {
        if from.channels() == to.channels() {
            return None;
        }
        let mut rows = if from == Layout::MONO {
            to.speakers()
                .map(|s| vec![f32::from(s & (FL | FR) != 0 || to == Layout::MONO)])
                .collect()
        } else if to == Layout::MONO {
            mono(&fold_down(from, Layout::STEREO))
        } else {
            fold_down(from, to)
        };
        normalise(&mut rows);
        Some(Self { rows, mixed: Block::new(to.channels()) })
    }

    /// Mixes `block` in place.
    pub(crate) fn apply(&mut self, block: &mut Block) {
        for (row, output) in self.rows.iter().zip(&mut self.mixed.planes) {
            output.clear();
            output.resize(block.frames(), 0.0);
            for (&gain, input) in row.iter().zip(&block.planes).filter(|(gain, _)| **gain != 0.0) {
                for (out, sample) in output.iter_mut().zip(input) {
                    *out += gain * sample;
                }
            }
        }
        std::mem::swap(&mut self.mixed, block);
        self.mixed.planes.resize_with(self.rows.len(), Vec::new);
    }
}

/// Each loudspeaker of `from` goes to its own in `to`, or else to the nearest.
fn fold_down(from: Layout, to: Layout) -> Vec<Vec<f32>> {
    let wanted: Vec<u32> = to.speakers().collect();
    let mut rows = vec![vec![0.0; from.channels()]; wanted.len()];
    for (input, speaker) in from.speakers().enumerate() {
        for (place, gain) in places(speaker, to.mask()) {
            if let Some(output) = wanted.iter().position(|&w| w == place) {
                rows[output][input] += gain;
            }
        }
    }
    rows
}

/// Where a loudspeaker's signal goes among those of the mask `to`, with its gain.
fn places(speaker: u32, to: u32) -> Vec<(u32, f32)> {
    let surround = |back: u32, side: u32, front: u32| {
        let near = if to & back != 0 { back } else { side };
        if to & near != 0 { vec![(near, 1.0)] } else { vec![(front, HALF_POWER)] }
    };
    match speaker {
        s if to & s != 0 => vec![(s, 1.0)],
        FLC => vec![(FL, 1.0)],
        FRC => vec![(FR, 1.0)],
        BL | SL => surround(BL, SL, FL),
        BR | SR => surround(BR, SR, FR),
        BC if to & BL != 0 => vec![(BL, HALF_POWER), (BR, HALF_POWER)],
        BC if to & SL != 0 => vec![(SL, HALF_POWER), (SR, HALF_POWER)],
        BC => vec![(FL, 0.5), (FR, 0.5)],
        // BS.775 leaves the LFE channel out of a downmix.
        LFE => Vec::new(),
        // The centre, and what stands above the listeners.
        _ => vec![(FL, HALF_POWER), (FR, HALF_POWER)],
    }
}

/// BS.775: mono is the half-power sum of the two-channel downmix.
fn mono(stereo: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let sum = |i| HALF_POWER * (stereo[0][i] + stereo[1][i]);
    vec![(0..stereo[0].len()).map(sum).collect()]
}

/// Scales all rows alike, so that the loudest sum of full-scale inputs is full scale.
fn normalise(rows: &mut [Vec<f32>]) {
    let loudest = rows.iter().map(|row| row.iter().sum::<f32>()).fold(1.0, f32::max);
    rows.iter_mut().flatten().for_each(|gain| *gain /= loudest);
}
