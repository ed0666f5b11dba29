//! Whether the two channels of a block are coded as they are or as their mean and difference.

use super::block::Block;
use super::tuning::Tuning;
use crate::shape::BlockShape;

/// Scratch memory for the choice.
#[derive(Default)]
pub(super) struct Stereo {
    mid: Vec<f32>,
    side: Vec<f32>,
    shared: Vec<f32>,
}

impl Stereo {
    /// Turns a block of left and right into mid and side where that takes fewer bits.
    pub(super) fn choose(&mut self, block: &mut Block, shape: &BlockShape, tuning: &Tuning) {
        let [left, right] = block.lanes.as_mut_slice() else { return };
        self.mid.clear();
        self.side.clear();
        self.shared.clear();
        for (l, r) in left.coefs[..shape.coefs_end].iter().zip(&right.coefs) {
            self.mid.push(0.5 * (l + r));
            self.side.push(0.5 * (l - r));
        }
        let (mut own, mut joint, mut from) = (0.0, 0.0, 0);
        for (band, width) in shape.bands.iter().enumerate() {
            let to = (from + width).min(shape.coefs_end);
            if from >= to {
                break;
            }
            let [l, r] = [left.thresholds[band], right.thresholds[band]];
            // The noise of both goes into either channel.
            let shared = 0.5 * l.min(r);
            self.shared.push(shared);
            own += bits(&left.coefs[from..to], l) + bits(&right.coefs[from..to], r);
            joint += bits(&self.mid[from..to], shared) + bits(&self.side[from..to], shared);
            from = to;
        }
        block.mid_side = joint < own + tuning.mid_side * from as f32;
        if block.mid_side {
            let [left, right] = block.lanes.as_mut_slice() else { return };
            left.coefs[..self.mid.len()].copy_from_slice(&self.mid);
            right.coefs[..self.side.len()].copy_from_slice(&self.side);
            left.thresholds[..self.shared.len()].copy_from_slice(&self.shared);
            right.thresholds[..self.shared.len()].copy_from_slice(&self.shared);
        }
    }
}

/// About the bits that a band takes at a noise energy per line.
fn bits(coefs: &[f32], threshold: f32) -> f32 {
    let energy: f32 = coefs.iter().map(|x| x * x).sum();
    let lines = coefs.len() as f32;
    0.5 * lines * (1.0 + energy / (lines * threshold * 4.0)).log2()
}
