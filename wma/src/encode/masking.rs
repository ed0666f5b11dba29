//! How much noise a block hides: a model of masking on the block's own spectrum.

use super::tuning::Tuning;
use crate::shape::BlockShape;

/// Level in dB of a sine at full scale.
const FULL_SCALE: f32 = 92.0;
/// Width of a partition in Bark.
const PARTITION: f32 = 0.25;
/// Lines of a Bark whose noise is what the masking hides; more of them have more noise.
const DENSITY: f32 = 20.0;
/// What makes the sum of a line's energy and its neighbours' differences the line's energy.
const SMOOTHED: f32 = 0.4;

/// The model for blocks of one length.
pub(super) struct Masking {
    /// Where each partition ends, in lines.
    ends: Vec<usize>,
    /// Factors from one partition to the next, downwards, and upwards at 0 dB.
    down: Vec<f32>,
    up: Vec<f32>,
    /// Power of the level that makes the slope upwards less steep.
    up_power: Vec<f32>,
    /// What makes a spread energy per line a threshold.
    offset: Vec<f32>,
    /// Threshold in quiet, per line.
    quiet: Vec<f32>,
    /// Where each band ends, in partitions.
    bands: Vec<usize>,
    /// The energy that is 0 dB.
    unit: f32,
    energy: Vec<f32>,
    spread: Vec<f32>,
    mean_power: f32,
}

fn bark(hertz: f32) -> f32 {
    7.0 * (hertz / 650.0).asinh()
}

/// Where partitions end, in lines, and where bands end, in partitions.
fn partitions(block: &BlockShape, line: f32) -> (Vec<usize>, Vec<usize>) {
    let (mut ends, mut bands) = (Vec::new(), Vec::new());
    let (mut position, mut from) = (0, 0);
    for width in &block.bands {
        position += width;
        let edge = position.min(block.coefs_end);
        while from < edge {
            let start = bark(from as f32 * line);
            let mut end = from + 1;
            while end < edge && bark((end as f32 + 0.5) * line) < start + PARTITION {
                end += 1;
            }
            ends.push(end);
            from = end;
        }
        bands.push(ends.len());
    }
    (ends, bands)
}

/// The threshold in quiet in dB at a frequency (after Terhardt).
fn quiet(hertz: f32) -> f32 {
    let kilo = (hertz / 1000.0).max(0.02);
    3.64 * kilo.powf(-0.8) - 6.5 * (-0.6 * (kilo - 3.3).powi(2)).exp() + 1e-3 * kilo.powi(4)
}

impl Masking {
    pub(super) fn new(block: &BlockShape, rate: u32, tuning: &Tuning) -> Self {
        let line = rate as f32 / 2.0 / block.len as f32;
        let (ends, bands) = partitions(block, line);
        let starts = || std::iter::once(0).chain(ends.iter().copied());
        let middles: Vec<f32> =
            starts().zip(&ends).map(|(a, &b)| 0.5 * (a + b) as f32 * line).collect();
        let gap = |p: usize| bark(middles[p + 1]) - bark(middles[p]);
        let full = (32_768.0 * block.len as f32).powi(2) / 4.0;
        let unit = full * 10_f32.powf(-FULL_SCALE / 10.0);
        let count = ends.len();
        let steps = 0..count.saturating_sub(1);
        let density = |p: usize| 1.0 / (bark(middles[p] + line) - bark(middles[p]));
        Self {
            down: steps.clone().map(|p| 10_f32.powf(-tuning.slope_down * gap(p) / 10.0)).collect(),
            up: steps
                .clone()
                .map(|p| {
                    let slope = tuning.slope_up + 230.0 / middles[p];
                    10_f32.powf(-slope * gap(p) / 10.0)
                })
                .collect(),
            up_power: steps.map(|p| tuning.slope_level * gap(p)).collect(),
            offset: (0..count).map(|p| (density(p) / DENSITY).powf(tuning.width_power)).collect(),
            quiet: (0..count)
                .map(|p| {
                    // That of a critical band, spread over its lines.
                    let level = quiet(middles[p]) + tuning.quiet;
                    unit * 10_f32.powf(level / 10.0) / density(p).max(1.0)
                })
                .collect(),
            energy: vec![0.0; count],
            spread: vec![0.0; count],
            ends,
            bands,
            unit,
            mean_power: tuning.mean_power,
        }
    }

    /// The noise energy per line that each band of a block with these coefficients hides.
    pub(super) fn thresholds(&mut self, coefs: &[f32], thresholds: &mut [f32]) {
        let mut from = 0;
        for (energy, &end) in self.energy.iter_mut().zip(&self.ends) {
            let mut sum = 0.0;
            for k in from..end {
                let before = if k == 0 { 0.0 } else { coefs[k - 1] };
                let after = coefs.get(k + 1).copied().unwrap_or(0.0);
                // The phase of a tone moves energy between a line and its neighbours.
                sum += coefs[k] * coefs[k] + (after - before) * (after - before);
            }
            *energy = SMOOTHED * sum;
            from = end;
        }
        self.spread();
        let mut partition = 0;
        for (threshold, &end) in thresholds.iter_mut().zip(&self.bands) {
            let mut sum = 0.0;
            let mut lines = 0.0;
            let mut start = if partition == 0 { 0 } else { self.ends[partition - 1] };
            for p in partition..end {
                let width = (self.ends[p] - start) as f32;
                start = self.ends[p];
                let density = self.spread[p] / width;
                let own = (density * self.offset[p]).max(self.quiet[p]);
                sum += width * own.powf(self.mean_power);
                lines += width;
            }
            *threshold =
                if lines > 0.0 { (sum / lines).powf(1.0 / self.mean_power) } else { f32::MAX };
            partition = end;
        }
    }

    fn spread(&mut self) {
        let count = self.energy.len();
        let mut carried = 0.0_f32;
        for p in 0..count {
            carried += self.energy[p];
            self.spread[p] = carried;
            if p + 1 < count {
                let level = (carried / self.unit).max(1.0);
                carried *= (self.up[p] * level.powf(self.up_power[p])).min(1.0);
            }
        }
        let mut carried = 0.0_f32;
        for p in (0..count).rev() {
            self.spread[p] += carried;
            carried += self.energy[p];
            if p > 0 {
                carried *= self.down[p - 1];
            }
        }
    }
}
