//! What happens to excitation over time (BS.1387-1, 2.1.8 and 3): smearing, adaptation of level and
//! pattern, modulation, loudness.

use crate::ear::{BANDS, Bands, Ear, FRAME_RATE};

/// Decay per frame of a first-order low-pass in each band, whose time goes from `slow` at 100 Hz
/// down to 8 ms.
fn decay(ear: &Ear, slow: f64) -> Bands {
    ear.centres.map(|hz| {
        let time = 0.008 + 100.0 / hz * (slow - 0.008);
        (-1.0 / (FRAME_RATE * time)).exp()
    })
}

/// Smearing by forward masking.
pub(crate) struct Smearing {
    decay: Bands,
    state: Bands,
}

impl Smearing {
    pub(crate) fn new(ear: &Ear) -> Self {
        Self { decay: decay(ear, 0.030), state: [0.0; BANDS] }
    }

    pub(crate) fn apply(&mut self, spread: &Bands) -> Bands {
        std::array::from_fn(|band| {
            let a = self.decay[band];
            self.state[band] = a * self.state[band] + (1.0 - a) * spread[band];
            self.state[band].max(spread[band])
        })
    }
}

/// The patterns of the original and the coded sound, adapted to each other.
pub(crate) struct Adaptation {
    decay: Bands,
    slow: [Bands; 2],
    product: Bands,
    square: Bands,
    correction: [Bands; 2],
}

impl Adaptation {
    pub(crate) fn new(ear: &Ear) -> Self {
        Self {
            decay: decay(ear, 0.050),
            slow: [[0.0; BANDS]; 2],
            product: [0.0; BANDS],
            square: [0.0; BANDS],
            correction: [[0.0; BANDS]; 2],
        }
    }

    /// Takes and gives original, coded.
    pub(crate) fn apply(&mut self, patterns: [&Bands; 2]) -> [Bands; 2] {
        let (mut cross, mut own) = (0.0, 0.0);
        for band in 0..BANDS {
            let a = self.decay[band];
            for (slow, pattern) in self.slow.iter_mut().zip(patterns) {
                slow[band] = a * slow[band] + (1.0 - a) * pattern[band];
            }
            cross += (self.slow[0][band] * self.slow[1][band]).sqrt();
            own += self.slow[1][band];
        }
        let level = (cross / own).powi(2);
        let mut adapted = [*patterns[0], *patterns[1]];
        if level > 1.0 {
            adapted[0].iter_mut().for_each(|e| *e /= level);
        } else {
            adapted[1].iter_mut().for_each(|e| *e *= level);
        }
        let mut ratios = [[1.0; BANDS]; 2];
        for band in 0..BANDS {
            let a = self.decay[band];
            let [original, coded] = [adapted[0][band], adapted[1][band]];
            self.product[band] = a * self.product[band] + coded * original;
            self.square[band] = a * self.square[band] + original * original;
            let ratio = self.product[band] / self.square[band];
            if ratio >= 1.0 {
                ratios[1][band] = 1.0 / ratio;
            } else {
                ratios[0][band] = ratio;
            }
        }
        for band in 0..BANDS {
            let a = self.decay[band];
            let around = band.saturating_sub(3)..(band + 5).min(BANDS);
            for side in 0..2 {
                let mean = ratios[side][around.clone()].iter().sum::<f64>() / around.len() as f64;
                let correction = &mut self.correction[side][band];
                *correction = a * *correction + (1.0 - a) * mean;
                adapted[side][band] *= *correction;
            }
        }
        adapted
    }
}

/// Modulation of the envelope in each band.
pub(crate) struct Modulation {
    decay: Bands,
    last: Bands,
    change: Bands,
    /// Mean of the compressed excitation.
    pub(crate) mean: Bands,
}

impl Modulation {
    pub(crate) fn new(ear: &Ear) -> Self {
        let zero = [0.0; BANDS];
        Self { decay: decay(ear, 0.050), last: zero, change: zero, mean: zero }
    }

    pub(crate) fn apply(&mut self, spread: &Bands) -> Bands {
        std::array::from_fn(|band| {
            let (a, now) = (self.decay[band], spread[band].powf(0.3));
            let change = FRAME_RATE * (now - self.last[band]).abs();
            self.change[band] = a * self.change[band] + (1.0 - a) * change;
            self.mean[band] = a * self.mean[band] + (1.0 - a) * now;
            self.last[band] = now;
            self.change[band] / (1.0 + self.mean[band] / 0.3)
        })
    }
}

/// Loudness in sone of a smeared excitation.
pub(crate) fn loudness(ear: &Ear, excitation: &Bands) -> f64 {
    let mut sum = 0.0;
    for (hz, excitation) in ear.centres.iter().zip(excitation) {
        let index = -2.0 - 2.05 * (hz / 4000.0).atan() - 0.75 * (hz / 1600.0).powi(2).atan();
        let index = 10_f64.powf(index / 10.0);
        let threshold = 10_f64.powf(0.364 * (hz / 1000.0).powf(-0.8));
        let scale = 1.07664 * (threshold / (index * 1e4)).powf(0.23);
        sum += scale * ((1.0 - index + index * excitation / threshold).powf(0.23) - 1.0);
    }
    (24.0 / BANDS as f64 * sum).max(0.0)
}
