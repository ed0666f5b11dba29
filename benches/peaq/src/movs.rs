//! The model output variables (BS.1387-1, 4), gathered frame by frame.

use realfft::RealFftPlanner;

use crate::ear::{BANDS, Bands, Ear, FRAME, FRAME_RATE, HOP, Heard, LINES, RATE, WIDTH};
use crate::model::{Adaptation, Modulation, Smearing, loudness};

/// The number of variables: `BandwidthRef`, `BandwidthTest`, `TotalNMR`, `WinModDiff1`, `ADB`, `EHS`,
/// `AvgModDiff1`, `AvgModDiff2`, `RmsNoiseLoud`, `MFPD`, `RelDistFrames`.
pub(crate) const VARIABLES: usize = 11;

/// Lags of the error's harmonic structure.
const LAGS: usize = 256;
/// Energy in half a frame below which it has no harmonic structure.
const QUIET: f64 = 8000.0;

/// Sums over the frames of one channel.
#[derive(Default)]
struct Sums {
    bandwidth: (f64, f64, f64),
    noise_to_mask: f64,
    disturbed: f64,
    harmonic: (f64, f64),
    /// Modulation differences by frame: the first, the second, and their weight.
    modulation: Vec<(f64, f64, f64)>,
    noise_loudness: Vec<f64>,
}

/// The state of one channel.
struct Channel {
    smearing: [Smearing; 2],
    adaptation: Adaptation,
    modulation: [Modulation; 2],
    sums: Sums,
    /// The frame in which both sounds were first loud enough to be heard.
    audible: Option<usize>,
}

/// A comparison of two sounds.
pub(crate) struct Measurement {
    ear: Ear,
    channels: Vec<Channel>,
    frames: usize,
    /// Sums of the detection of differences by both ears.
    detected: f64,
    steps: f64,
    slow: f64,
    highest: f64,
    transform: RealFftPlanner<f64>,
}

impl Measurement {
    pub(crate) fn new(channels: usize) -> Self {
        let ear = Ear::new();
        let channel = || Channel {
            smearing: std::array::from_fn(|_| Smearing::new(&ear)),
            adaptation: Adaptation::new(&ear),
            modulation: std::array::from_fn(|_| Modulation::new(&ear)),
            sums: Sums::default(),
            audible: None,
        };
        Self {
            channels: (0..channels).map(|_| channel()).collect(),
            ear,
            frames: 0,
            detected: 0.0,
            steps: 0.0,
            slow: 0.0,
            highest: 0.0,
            transform: RealFftPlanner::new(),
        }
    }

    /// Compares the sounds, channel by channel in the scale of 16 bits, from where the original
    /// begins to be heard.
    pub(crate) fn run(&mut self, original: &[Vec<f64>], coded: &[Vec<f64>]) {
        let length = original.iter().chain(coded).map(Vec::len).min().unwrap_or(0);
        let loud = |plane: &Vec<f64>| {
            plane.windows(5).position(|w| w.iter().map(|x| x.abs()).sum::<f64>() >= 200.0)
        };
        let last = |plane: &Vec<f64>| {
            plane.windows(5).rposition(|w| w.iter().map(|x| x.abs()).sum::<f64>() >= 200.0)
        };
        let start = original.iter().filter_map(loud).min().unwrap_or(0);
        let end = original.iter().filter_map(last).max().unwrap_or(0).min(length);
        let mut at = start;
        while at + FRAME <= length && at < end {
            let mut detection = ([0.0_f64; BANDS], [0.0_f64; BANDS]);
            for (channel, (original, coded)) in original.iter().zip(coded).enumerate() {
                let pair = [&original[at..at + FRAME], &coded[at..at + FRAME]];
                self.channel(channel, pair, &mut detection);
            }
            let missed: f64 = detection.0.iter().map(|p| 1.0 - p).product();
            self.detect(1.0 - missed, detection.1.iter().sum());
            self.frames += 1;
            at += HOP;
        }
    }

    fn detect(&mut self, probability: f64, steps: f64) {
        self.slow = 0.9 * self.slow + 0.1 * probability;
        self.highest = self.highest.max(self.slow);
        if probability > 0.5 {
            self.detected += 1.0;
            self.steps += steps;
        }
    }

    /// Takes a frame of one channel.
    fn channel(&mut self, index: usize, pair: [&[f64]; 2], detection: &mut (Bands, Bands)) {
        let heard = pair.map(|samples| self.ear.hear(samples));
        let channel = &mut self.channels[index];
        let smeared: [Bands; 2] =
            std::array::from_fn(|side| channel.smearing[side].apply(&heard[side].spread));
        let adapted = channel.adaptation.apply([&smeared[0], &smeared[1]]);
        let modulation: [Bands; 2] =
            std::array::from_fn(|side| channel.modulation[side].apply(&heard[side].spread));
        let loud = smeared.iter().all(|smeared| loudness(&self.ear, smeared) > 0.1);
        if loud && channel.audible.is_none() {
            channel.audible = Some(self.frames);
        }
        let sums = &mut channel.sums;
        let mean = &channel.modulation[0].mean;
        sums.modulation.push(modulation_difference(&self.ear, &modulation, mean));
        sums.noise_loudness.push(noise_loudness(&self.ear, &modulation, &adapted));
        sums.mask(&self.ear, &heard, &smeared[0]);
        sums.bandwidth(&heard);
        detect(&smeared, detection);
        let energy = |samples: &[f64]| samples[HOP..].iter().map(|x| x * x).sum::<f64>();
        if pair.iter().any(|samples| energy(samples) >= QUIET) {
            sums.harmonic.0 += harmonic_structure(&mut self.transform, &heard);
            sums.harmonic.1 += 1.0;
        }
    }

    /// The variables, means over the channels where there are two.
    #[expect(clippy::cast_precision_loss, reason = "frames of a clip")]
    pub(crate) fn variables(&self) -> [f64; VARIABLES] {
        let frames = self.frames.max(1) as f64;
        let mut all = [0.0; VARIABLES];
        for channel in &self.channels {
            let own = channel.variables(frames);
            for (sum, value) in all.iter_mut().zip(own) {
                *sum += value / self.channels.len() as f64;
            }
        }
        all[4] = match (self.detected > 0.0, self.steps > 0.0) {
            (false, _) => 0.0,
            (true, false) => -0.5,
            (true, true) => (self.steps / self.detected).log10(),
        };
        all[9] = self.highest;
        all
    }
}

impl Channel {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "frames of a clip"
    )]
    fn variables(&self, frames: f64) -> [f64; VARIABLES] {
        let sums = &self.sums;
        let ratio = |(sum, count): (f64, f64)| if count > 0.0 { sum / count } else { 0.0 };
        // The first half second, in which the adaptation settles, does not count.
        let settled = (0.5 * FRAME_RATE).ceil() as usize;
        let modulation = sums.modulation.get(settled..).unwrap_or_default();
        let weight: f64 = modulation.iter().map(|m| m.2).sum();
        let weighted = |pick: fn(&(f64, f64, f64)) -> f64| {
            ratio((modulation.iter().map(|m| m.2 * pick(m)).sum(), weight))
        };
        let window = (0.1 * FRAME_RATE) as usize;
        let windows = modulation.windows(window).map(|w| {
            (w.iter().map(|m| m.0.sqrt()).sum::<f64>() / window as f64).powi(4)
        });
        let count = windows.len();
        let windowed = ratio((windows.sum(), count as f64)).sqrt();
        let audible = self.audible.map_or(usize::MAX, |frame| frame + (0.05 * FRAME_RATE).ceil() as usize);
        let loudness = sums.noise_loudness.get(settled.max(audible)..).unwrap_or_default();
        let square: f64 = loudness.iter().map(|x| x * x).sum();
        let (original, coded, wide) = sums.bandwidth;
        [
            ratio((original, wide)),
            ratio((coded, wide)),
            10.0 * (sums.noise_to_mask / frames).log10(),
            windowed,
            0.0,
            1000.0 * ratio(sums.harmonic),
            weighted(|m| m.0),
            weighted(|m| m.1),
            ratio((square, loudness.len() as f64)).sqrt(),
            0.0,
            sums.disturbed / frames,
        ]
    }
}

impl Sums {
    /// Noise to mask ratio.
    fn mask(&mut self, ear: &Ear, heard: &[Heard; 2], mask: &Bands) {
        let error: Vec<f64> = heard[0]
            .weighted
            .iter()
            .zip(&heard[1].weighted)
            .map(|(original, coded)| (original - coded).powi(2))
            .collect();
        let error = ear.group(&error);
        let ratios: Bands = std::array::from_fn(|band| {
            let bark = band as f64 * WIDTH;
            let offset = if bark <= 12.0 { 3.0 } else { 0.25 * bark };
            error[band] / (mask[band] * 10_f64.powf(-offset / 10.0))
        });
        self.noise_to_mask += ratios.iter().sum::<f64>() / BANDS as f64;
        let worst = ratios.iter().fold(0.0, |most: f64, &ratio| most.max(ratio));
        self.disturbed += f64::from(u8::from(worst > 10_f64.powf(0.15)));
    }

    /// The highest lines above the noise floor, which is measured above 21.6 kHz.
    fn bandwidth(&mut self, heard: &[Heard; 2]) {
        let floor = heard[1].power[921..LINES - 1].iter().fold(0.0, |most: f64, &p| most.max(p));
        let [original, coded] = [&heard[0].power, &heard[1].power];
        let top = (346..921).rev().find(|&line| original[line] >= 10.0 * floor).map(|line| line + 1);
        let Some(top) = top.filter(|&top| top > 346) else { return };
        let test = (0..top).rev().find(|&line| coded[line] >= 10_f64.sqrt() * floor);
        self.bandwidth.0 += top as f64;
        self.bandwidth.1 += test.map_or(0.0, |line| (line + 1) as f64);
        self.bandwidth.2 += 1.0;
    }
}

/// The two modulation differences and their weight.
fn modulation_difference(ear: &Ear, modulation: &[Bands; 2], mean: &Bands) -> (f64, f64, f64) {
    let (mut first, mut second, mut weight) = (0.0, 0.0, 0.0);
    for band in 0..BANDS {
        let [original, coded] = [modulation[0][band], modulation[1][band]];
        let difference = (coded - original).abs();
        first += difference / (1.0 + original);
        let less = if coded > original { 1.0 } else { 0.1 };
        second += less * difference / (0.01 + original);
        weight += mean[band] / (mean[band] + 100.0 * ear.noise[band].powf(0.3));
    }
    let scale = 100.0 / BANDS as f64;
    (scale * first, scale * second, weight)
}

/// Loudness of what was added, partially masked by the original.
fn noise_loudness(ear: &Ear, modulation: &[Bands; 2], adapted: &[Bands; 2]) -> f64 {
    let mut sum = 0.0;
    for band in 0..BANDS {
        let noise = ear.noise[band];
        let [original, coded] = [adapted[0][band], adapted[1][band]];
        let threshold = |side: usize| 0.15 * modulation[side][band] + 0.5;
        let (s, t) = (threshold(0), threshold(1));
        let beta = (-1.5 * (coded - original) / original).exp();
        let excess = (t * coded - s * original).max(0.0);
        let base = noise + s * original * beta;
        sum += (noise / t).powf(0.23) * ((1.0 + excess / base).powf(0.23) - 1.0);
    }
    (24.0 / BANDS as f64 * sum).max(0.0)
}

/// How probable it is that a difference is heard in each band, and how many steps it is above the
/// threshold; the better ear counts.
fn detect(smeared: &[Bands; 2], (probability, steps): &mut (Bands, Bands)) {
    for band in 0..BANDS {
        let [original, coded] = [smeared[0][band], smeared[1][band]].map(|e| 10.0 * e.log10());
        let difference = original - coded;
        let (level, steepness) = if difference > 0.0 {
            (0.3 * original + 0.7 * coded, 4.0)
        } else {
            (coded, 6.0)
        };
        let step = if level > 0.0 {
            let polynomial = [9.010_33e-11, 5.056_22e-6, -0.001_024_38, 0.055_019_7, -0.198_719];
            5.950_72 * (6.394_68 / level).powf(1.713_32)
                + polynomial.iter().fold(0.0, |sum, c| sum * level + c)
        } else {
            1e30
        };
        let chance = 1.0 - 0.5_f64.powf((difference / step).abs().powf(steepness));
        probability[band] = probability[band].max(chance);
        steps[band] = steps[band].max(difference.trunc().abs() / step);
    }
}

/// How much the error repeats along the spectrum, as the harmonics of a tone do.
fn harmonic_structure(planner: &mut RealFftPlanner<f64>, heard: &[Heard; 2]) -> f64 {
    let ratio: Vec<f64> = (0..2 * LAGS)
        .map(|line| match (heard[0].power[line], heard[1].power[line]) {
            (0.0, 0.0) => 0.0,
            (original, coded) => (coded.max(1e-12) / original.max(1e-12)).ln(),
        })
        .collect();
    let square = |from: usize| ratio[from..from + LAGS].iter().map(|x| x * x).sum::<f64>();
    let own = square(0);
    if own == 0.0 {
        return 0.0;
    }
    let mut correlation: Vec<f64> = (0..LAGS)
        .map(|lag| {
            let product: f64 = (0..LAGS).map(|k| ratio[k] * ratio[k + lag]).sum();
            let norm = (own * square(lag)).sqrt();
            if norm > 0.0 { product / norm } else { 0.0 }
        })
        .collect();
    let mean = correlation.iter().sum::<f64>() / LAGS as f64;
    for (lag, value) in correlation.iter_mut().enumerate() {
        let hann = 0.5 * (1.0 - (std::f64::consts::TAU * lag as f64 / (LAGS - 1) as f64).cos());
        *value = (*value - mean) * hann * (8.0_f64 / 3.0).sqrt() / LAGS as f64;
    }
    let plan = planner.plan_fft_forward(LAGS);
    let mut spectrum = plan.make_output_vec();
    // Both lengths are the plan's own, so it can't refuse.
    let _ = plan.process(&mut correlation, &mut spectrum);
    let power: Vec<f64> = spectrum.iter().map(realfft::num_complex::Complex::norm_sqr).collect();
    let rising = power.windows(2).filter(|pair| pair[1] > pair[0]).map(|pair| pair[1]);
    rising.fold(0.0, f64::max)
}

const _: () = assert!(RATE == 48_000.0, "the bandwidths are lines at 48 kHz");
