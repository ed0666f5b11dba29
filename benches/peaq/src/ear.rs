//! The peripheral ear (BS.1387-1, 2.1): from a frame of samples to excitation in critical bands.

use std::f64::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples of a frame, and from one frame to the next.
pub(crate) const FRAME: usize = 2048;
pub(crate) const HOP: usize = FRAME / 2;
/// Lines of a spectrum.
pub(crate) const LINES: usize = FRAME / 2 + 1;
/// Critical bands of a quarter Bark.
pub(crate) const BANDS: usize = 109;
/// The sample rate in Hz.
pub(crate) const RATE: f64 = 48_000.0;
/// Frames per second.
pub(crate) const FRAME_RATE: f64 = RATE / HOP as f64;
/// Width of a band in Bark.
pub(crate) const WIDTH: f64 = 0.25;
/// The edges of the bands in Hz.
const LOWEST: f64 = 80.0;
const HIGHEST: f64 = 18_000.0;
/// The level of a full-scale sine in dB SPL.
const LEVEL: f64 = 92.0;
/// The power by which excitations add up.
const SPREAD_POWER: f64 = 0.4;
/// Energy that a band has at least.
const LEAST: f64 = 1e-12;

/// Bands as arrays.
pub(crate) type Bands = [f64; BANDS];

/// What of a frame the model goes on with.
#[derive(Clone)]
pub(crate) struct Heard {
    /// Energy of the spectrum's lines, unweighted.
    pub(crate) power: Vec<f64>,
    /// Amplitude of the lines, weighted by the outer and middle ear.
    pub(crate) weighted: Vec<f64>,
    /// Excitation after spreading in frequency.
    pub(crate) spread: Bands,
}

/// The fixed parts of the ear.
pub(crate) struct Ear {
    transform: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    weights: Vec<f64>,
    /// For each band its first line and how much each line from there counts.
    groups: Vec<(usize, Vec<f64>)>,
    /// Centre frequencies in Hz.
    pub(crate) centres: Bands,
    /// Internal noise.
    pub(crate) noise: Bands,
    norm: Bands,
}

impl Ear {
    pub(crate) fn new() -> Self {
        let window = (0..FRAME).map(|n| 0.5 * (1.0 - (2.0 * PI * n as f64 / (FRAME - 1) as f64).cos()));
        let gain = calibration();
        let weights = (0..LINES).map(|line| outer_ear(line as f64 * RATE / FRAME as f64)).collect();
        let bark = |hz: f64| 7.0 * (hz / 650.0).asinh();
        let hertz = |bark: f64| 650.0 * (bark / 7.0).sinh();
        let (low, high) = (bark(LOWEST), bark(HIGHEST));
        let edges = |band: usize| {
            let from = low + band as f64 * WIDTH;
            (from, (from + WIDTH).min(high))
        };
        let centres = std::array::from_fn(|band| {
            let (from, to) = edges(band);
            hertz(0.5 * (from + to))
        });
        let groups = (0..BANDS)
            .map(|band| {
                let (from, to) = edges(band);
                group(hertz(from), hertz(to))
            })
            .collect();
        let noise = centres.map(|hz: f64| 10_f64.powf(0.1456 * (hz / 1000.0).powf(-0.8)));
        let mut ear = Self {
            transform: RealFftPlanner::new().plan_fft_forward(FRAME),
            window: window.map(|w| w * gain).collect(),
            weights,
            groups,
            centres,
            noise,
            norm: [1.0; BANDS],
        };
        ear.norm = ear.spread(&[1.0; BANDS]);
        ear
    }

    /// Hears the frame that starts at `samples`; what is missing is silence.
    pub(crate) fn hear(&self, samples: &[f64]) -> Heard {
        let mut frame: Vec<f64> = samples.iter().zip(&self.window).map(|(x, w)| x * w).collect();
        frame.resize(FRAME, 0.0);
        let mut lines = vec![Complex::default(); LINES];
        // Both lengths are the plan's own, so it can't refuse.
        let _ = self.transform.process(&mut frame, &mut lines);
        let power: Vec<f64> = lines.iter().map(Complex::norm_sqr).collect();
        let weighted: Vec<f64> =
            power.iter().zip(&self.weights).map(|(p, w)| (p * w).sqrt()).collect();
        let mut bands = self.group(&weighted.iter().map(|x| x * x).collect::<Vec<_>>());
        for (band, noise) in bands.iter_mut().zip(self.noise) {
            *band += noise;
        }
        Heard { power, weighted, spread: self.spread(&bands) }
    }

    /// The energy of each band.
    pub(crate) fn group(&self, energy: &[f64]) -> Bands {
        std::array::from_fn(|band| {
            let (first, shares) = &self.groups[band];
            let sum: f64 = shares.iter().zip(&energy[*first..]).map(|(share, e)| share * e).sum();
            sum.max(LEAST)
        })
    }

    /// Spreads excitation over the bands around: downwards at 27 dB per Bark, upwards by level.
    fn spread(&self, energy: &Bands) -> Bands {
        let down = 10_f64.powf(-2.7 * WIDTH);
        let mut own = [0.0; BANDS];
        let mut up = [0.0; BANDS];
        for band in 0..BANDS {
            let slope = 10_f64.powf((-2.4 - 23.0 / self.centres[band]) * WIDTH);
            let slope = slope * energy[band].powf(0.2 * WIDTH);
            let below = (1.0 - down.powf(band as f64 + 1.0)) / (1.0 - down);
            let above = (1.0 - slope.powf((BANDS - band) as f64)) / (1.0 - slope);
            own[band] = (energy[band] / (below + above - 1.0)).powf(SPREAD_POWER);
            up[band] = slope.powf(SPREAD_POWER);
        }
        let mut sum = own;
        let down = down.powf(SPREAD_POWER);
        for band in (0..BANDS - 1).rev() {
            sum[band] += down * sum[band + 1];
        }
        for band in 0..BANDS - 1 {
            let mut part = own[band];
            for above in &mut sum[band + 1..] {
                part *= up[band];
                *above += part;
            }
        }
        std::array::from_fn(|band| sum[band].powf(1.0 / SPREAD_POWER) / self.norm[band])
    }
}

/// The window's factor that gives a full-scale sine of 1019.5 Hz its level.
fn calibration() -> f64 {
    let position = 1019.5 / RATE * FRAME as f64;
    let distance = (position.ceil() - position).min(position - position.floor());
    let x = distance * (FRAME - 1) as f64 / FRAME as f64;
    let gain = (PI * x).sin() / (PI * x * (1.0 - x * x));
    10_f64.powf(LEVEL / 20.0) / (gain * 32_768.0 / 4.0 * (FRAME - 1) as f64)
}

/// The gain of energy through the outer and middle ear.
fn outer_ear(hertz: f64) -> f64 {
    if hertz == 0.0 {
        return 0.0;
    }
    let kilo = hertz / 1000.0;
    let decibels = -2.184 * kilo.powf(-0.8) + 6.5 * (-0.6 * (kilo - 3.3).powi(2)).exp()
        - 0.001 * kilo.powf(3.6);
    10_f64.powf(decibels / 10.0)
}

/// The lines between two frequencies, and the share of each.
fn group(from: f64, to: f64) -> (usize, Vec<f64>) {
    let width = RATE / FRAME as f64;
    let share = |line: usize| {
        let (low, high) = ((line as f64 - 0.5) * width, (line as f64 + 0.5) * width);
        ((to.min(high) - from.max(low)) / width).max(0.0)
    };
    let first = (0..LINES).find(|&line| share(line) > 0.0).unwrap_or(0);
    (first, (first..LINES).map(share).take_while(|&share| share > 0.0).collect())
}
