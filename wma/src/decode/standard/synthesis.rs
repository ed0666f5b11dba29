//! From spectrum to samples: inverse transform, window, overlap.

use super::block::Lengths;
use super::channel::Channel;
use crate::mdct::{Mdct, sine_window};
use crate::shape::Shape;

pub(super) struct Synthesis {
    frame_len: usize,
    /// By the length of the block.
    transforms: Vec<(Mdct, Vec<f32>)>,
    /// Output of the transform, twice the length of a frame.
    aliased: Vec<f32>,
}

impl Synthesis {
    pub(super) fn new(shape: &Shape) -> Self {
        // Levels are of 16-bit samples.
        let tools = |len| (Mdct::new(len), sine_window(len));
        Self {
            frame_len: shape.frame_len,
            transforms: shape.blocks.iter().map(|block| tools(block.len)).collect(),
            aliased: vec![0.0; 2 * shape.frame_len],
        }
    }

    /// Adds the block at `position` of the frame to what the block before left.
    pub(super) fn run(
        &mut self,
        channels: &mut [Channel],
        lengths: Lengths,
        joint: bool,
        position: usize,
    ) {
        let [previous, current, next] = [lengths.previous, lengths.current, lengths.next];
        for (index, channel) in channels.iter_mut().enumerate() {
            let (mdct, _) = &mut self.transforms[current];
            let len = mdct.len();
            let aliased = &mut self.aliased[..2 * len];
            if channel.coded {
                mdct.inverse(&channel.spectrum[..len], aliased);
                aliased.iter_mut().for_each(|sample| *sample /= 32_768.0);
            } else if !(joint && index == 1) {
                aliased.fill(0.0);
            } // else there is no difference, and the right channel is the left one
            let at = self.frame_len / 2 + position - len / 2;
            let target = &mut channel.overlap[at..at + 2 * len];
            let (rise, fall) = target.split_at_mut(len);
            let (left, right) = self.aliased[..2 * len].split_at(len);
            add_rise(rise, left, &self.transforms[current.max(previous)].1);
            store_fall(fall, right, &self.transforms[current.max(next)].1);
        }
    }
}

/// Adds the first half of a block; `window` is that of the shorter of the two neighbours.
fn add_rise(target: &mut [f32], samples: &[f32], window: &[f32]) {
    let flat = (target.len() - window.len()) / 2;
    let (slope, tail) = target[flat..].split_at_mut(window.len());
    for ((value, sample), weight) in slope.iter_mut().zip(&samples[flat..]).zip(window) {
        *value += sample * weight;
    }
    tail.copy_from_slice(&samples[flat + window.len()..]);
}

/// Stores the second half of a block.
fn store_fall(target: &mut [f32], samples: &[f32], window: &[f32]) {
    let flat = (target.len() - window.len()) / 2;
    target[..flat].copy_from_slice(&samples[..flat]);
    let (slope, tail) = target[flat..].split_at_mut(window.len());
    let weights = window.iter().rev();
    for ((value, sample), weight) in slope.iter_mut().zip(&samples[flat..]).zip(weights) {
        *value = sample * weight;
    }
    tail.fill(0.0);
}
