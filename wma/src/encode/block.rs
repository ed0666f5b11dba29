//! One block on its way into the stream: its choices, its cost, its bits.

use std::sync::LazyLock;

use super::levels::{LevelCode, quantize};
use super::tuning::Tuning;
use crate::bits::BitWriter;
use crate::shape::{BlockShape, escape_bits};
use crate::tables::{EXPONENT_BIAS, EXPONENT_CODES, GAIN_BIAS, GAIN_CODES};

/// The exponent that decoders start from.
const FIRST_EXPONENT: i32 = 36;
/// The exponents' range.
const LEAST_EXPONENT: i32 = -60;
const MOST_EXPONENT: i32 = 95;
/// dB of one step of exponents.
const EXPONENT_DB: f32 = 1.25;
/// Factors of steps by how far an exponent is below the greatest one.
static EXPONENT_STEPS: LazyLock<[f32; 156]> =
    LazyLock::new(|| std::array::from_fn(|below| 10_f32.powf(below as f32 * -EXPONENT_DB / 20.0)));
/// Bits of a part of the total gain, and its greatest value, which says that another follows.
const GAIN_BITS: u32 = 7;
const GAIN_MOST: u32 = 127;

/// Bits of the level of the first band that is noise, and the least level in dB.
const NOISE_BITS: u32 = 7;
const LEAST_NOISE: i32 = -19;
/// How far below the sound that it stands for noise is, in dB.
const NOISE_BELOW: f32 = 3.0;

/// One channel of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) coefs: Vec<f32>,
    /// Noise energy per line that each band hides.
    pub(super) thresholds: Vec<f32>,
    /// Step of each band in dB, as it should be.
    steps: Vec<f32>,
    exponents: Vec<i32>,
    levels: Vec<i32>,
    /// Level in dB of the noise that stands for each high band, where it does.
    noise: Vec<Option<i32>>,
    /// The levels without the bands that are noise.
    packed: Vec<i32>,
    /// The end of the packed levels that are not zero.
    used: usize,
    exponent_bits: usize,
}

/// A block with its channels.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) size: u8,
    pub(super) lanes: Vec<Lane>,
    pub(super) mid_side: bool,
    /// The gain in dB at which the noise is what the thresholds say.
    gain: f32,
    total_gain: u32,
}

impl Lane {
    pub(super) fn new(frame_len: usize, bands: usize) -> Self {
        Self {
            coefs: vec![0.0; frame_len],
            levels: vec![0; frame_len],
            thresholds: vec![0.0; bands],
            ..Self::default()
        }
    }

    /// The step of each band that holds coefficients, and the greatest of them.
    fn set_steps(&mut self, bands: usize) -> f32 {
        self.steps.clear();
        let steps = self.thresholds[..bands].iter();
        self.steps.extend(steps.map(|threshold| 10.0 * (12.0 * threshold).log10()));
        self.steps.iter().fold(f32::MIN, |most, &step| most.max(step))
    }

    /// Whether the band of these lines would be all zeros at a step in dB.
    fn is_silent(&self, lines: std::ops::Range<usize>, step: f32) -> bool {
        let limit = 0.6 * 10_f32.powf(step / 20.0);
        self.coefs[lines].iter().all(|coef| coef.abs() < limit)
    }

    /// Exponents for steps of which the greatest is `top`, in dB.
    fn set_exponents(&mut self, shape: &BlockShape, top: f32) {
        self.exponents.clear();
        self.exponent_bits = 0;
        let base = self.steps.first().copied().unwrap_or(0.0).min(top);
        let base = FIRST_EXPONENT as f32 - base / EXPONENT_DB;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let most = (base + top / EXPONENT_DB).round().min(MOST_EXPONENT as f32) as i32;
        let mut last = FIRST_EXPONENT;
        for band in 0..shape.bands.len() {
            let exponent = match self.steps.get(band) {
                #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
                Some(step) => ((base + step / EXPONENT_DB).round() as i32).min(most),
                None => last,
            };
            let exponent = exponent.clamp(LEAST_EXPONENT.max(most - 100), MOST_EXPONENT);
            let exponent = exponent.clamp(last - EXPONENT_BIAS, last + EXPONENT_BIAS);
            self.exponent_bits += usize::from(exponent_code(exponent - last).0);
            self.exponents.push(exponent);
            last = exponent;
        }
    }

    fn quantize(&mut self, shape: &BlockShape, total_gain: u32, tuning: &Tuning) -> i32 {
        let most = self.greatest_exponent();
        let top = 10_f32.powf(total_gain as f32 / 20.0);
        let (mut from, mut largest) = (0, 0);
        for (&width, &exponent) in shape.bands.iter().zip(&self.exponents) {
            let to = (from + width).min(shape.coefs_end);
            if from >= to {
                break;
            }
            let step = top * EXPONENT_STEPS[(most - exponent).unsigned_abs() as usize];
            let (coefs, levels) = (&self.coefs[from..to], &mut self.levels[from..to]);
            largest = largest.max(quantize(coefs, step, tuning, levels));
            from = to;
        }
        largest
    }

    fn greatest_exponent(&self) -> i32 {
        self.exponents.iter().max().copied().unwrap_or(FIRST_EXPONENT)
    }

    /// Puts noise for the high bands of which nothing is left, where the stream has noise, and
    /// packs the levels of the others.
    fn pack(&mut self, shape: &BlockShape, noise: bool) {
        self.noise.clear();
        self.packed.clear();
        if noise {
            self.substitute(shape);
            self.packed.extend_from_slice(&self.levels[..shape.high_start.min(shape.coefs_end)]);
            let mut from = shape.high_start;
            for (&width, noise) in shape.high_bands.iter().zip(&self.noise) {
                if noise.is_none() {
                    self.packed.extend_from_slice(&self.levels[from..from + width]);
                }
                from += width;
            }
        } else {
            self.packed.extend_from_slice(&self.levels[..shape.coefs_end]);
        }
        let last = self.packed.iter().rposition(|&level| level != 0);
        self.used = last.map_or(0, |last| last + 1);
    }

    fn substitute(&mut self, shape: &BlockShape) {
        // Each high band is a part of one band of exponents.
        let mut position = 0;
        let mut bands = shape.bands.iter().zip(&self.exponents).filter_map(|(width, &exponent)| {
            let start = shape.high_start.max(position);
            position += width;
            (position.min(shape.coefs_end) > start).then_some(exponent)
        });
        let mut from = shape.high_start;
        let (mut last, mut before) = (FIRST_EXPONENT, None);
        for &width in &shape.high_bands {
            let exponent = bands.next().unwrap_or(FIRST_EXPONENT);
            let lines = from..from + width;
            from += width;
            let silent = self.levels[lines.clone()].iter().all(|&level| level == 0);
            let energy: f32 = self.coefs[lines].iter().map(|x| x * x).sum();
            let level = 10.0 * (energy / width as f32).max(1e-9).log10() - NOISE_BELOW;
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
            let field = (level - 2.0 * EXPONENT_DB * exponent as f32) as i32;
            // What differs too much from the band before can't be said.
            let near = before.is_none_or(|before: i32| (field - before).abs() <= GAIN_BIAS);
            let heard = silent && level > 0.0 && near;
            self.noise.push(heard.then_some(field));
            if heard {
                (last, before) = (exponent, Some(field));
            }
        }
        // What decoders make of a level depends on exponents, those of the last such band too.
        let common = (self.greatest_exponent() + last) as f32 * EXPONENT_DB;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let common = common.round() as i32;
        let first = self.noise.iter().flatten().next().map_or(0, |field| field + common);
        let possible = (LEAST_NOISE..LEAST_NOISE + 128).contains(&first);
        for field in &mut self.noise {
            *field = field.filter(|_| possible).map(|field| field + common);
        }
    }

    fn noise_bits(&self) -> usize {
        let mut before = None;
        let mut bits = self.noise.len();
        for &level in self.noise.iter().flatten() {
            bits += match before {
                None => NOISE_BITS as usize,
                Some(before) => usize::from(noise_code(level - before).0),
            };
            before = Some(level);
        }
        bits
    }

    fn write_noise(&self, writer: &mut BitWriter) {
        let mut before = None;
        for &level in self.noise.iter().flatten() {
            match before {
                None => writer.write((level - LEAST_NOISE).unsigned_abs(), NOISE_BITS),
                Some(before) => {
                    let (bits, code) = noise_code(level - before);
                    writer.write(code, bits.into());
                }
            }
            before = Some(level);
        }
    }

    fn write_exponents(&self, writer: &mut BitWriter) {
        let mut last = FIRST_EXPONENT;
        for &exponent in &self.exponents {
            let (bits, code) = exponent_code(exponent - last);
            writer.write(code, bits.into());
            last = exponent;
        }
    }

    fn is_coded(&self) -> bool {
        self.used > 0 || self.noise.iter().any(Option::is_some)
    }
}

impl Block {
    pub(super) fn new(lanes: Vec<Lane>) -> Self {
        Self { lanes, ..Self::default() }
    }

    /// Turns thresholds into exponents, which stay whatever the gain will be.
    pub(super) fn shape_noise(&mut self, shape: &BlockShape) {
        let (mut bands, mut from) = (0, 0);
        let mut last = 0..0;
        for width in &shape.bands {
            if from < shape.coefs_end {
                bands += 1;
                last = from..(from + width).min(shape.coefs_end);
            }
            from += width;
        }
        let tops = self.lanes.iter_mut().map(|lane| lane.set_steps(bands));
        let (low, high) = tops.fold((f32::MAX, f32::MIN), |(a, b), top| (a.min(top), b.max(top)));
        // All channels have the same greatest step. One that has not gets it in its highest band
        // if nothing is there, else the steps of the others are made smaller.
        let mut top = high;
        for lane in &mut self.lanes {
            if !lane.is_silent(last.clone(), high) {
                top = low.max(high - 60.0);
            }
        }
        for lane in &mut self.lanes {
            let own = lane.steps.iter().fold(f32::MIN, |most, &step| most.max(step));
            if own < top && let Some(step) = lane.steps.last_mut() {
                *step = top;
            }
            lane.set_exponents(shape, top);
        }
        self.gain = top;
    }

    /// Quantizes with `offset` dB more noise than the thresholds say and returns the bits that
    /// the block takes but for the fields of block sizes.
    pub(super) fn quantize(
        &mut self,
        offset: f32,
        shape: &BlockShape,
        (full, noise): (bool, bool),
        codes: &[LevelCode; 2],
        tuning: &Tuning,
    ) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a small positive range"
        )]
        let mut gain = (self.gain + offset).round().clamp(1.0, 400.0) as u32;
        loop {
            let largest = self.lanes.iter_mut().map(|lane| lane.quantize(shape, gain, tuning)).max();
            let limit = (1 << escape_bits(gain)) - 1;
            if largest.unwrap_or(0) <= limit {
                break;
            }
            gain += 1;
        }
        self.total_gain = gain;
        self.lanes.iter_mut().for_each(|lane| lane.pack(shape, noise));
        self.cost(full, codes)
    }

    /// Leaves nothing but silence.
    pub(super) fn mute(&mut self) {
        for lane in &mut self.lanes {
            lane.packed.fill(0);
            lane.noise.iter_mut().for_each(|noise| *noise = None);
            lane.used = 0;
        }
    }

    fn cost(&self, full: bool, codes: &[LevelCode; 2]) -> usize {
        let stereo = usize::from(self.lanes.len() == 2);
        let mut bits = stereo + self.lanes.len();
        if self.lanes.iter().any(Lane::is_coded) {
            bits += gain_parts(self.total_gain) as usize * GAIN_BITS as usize;
            bits += usize::from(!full);
        }
        for (channel, lane) in self.lanes.iter().enumerate() {
            if lane.is_coded() {
                let code = &codes[usize::from(channel == 1 && self.mid_side)];
                bits += lane.exponent_bits + lane.noise_bits();
                bits += code.cost(&lane.packed, lane.used, self.total_gain);
            }
        }
        bits
    }

    /// Writes the block behind its fields of block sizes, with at least `stuffing` bits more
    /// than it needs.
    pub(super) fn write(
        &self,
        full: bool,
        codes: &[LevelCode; 2],
        stuffing: usize,
        writer: &mut BitWriter,
    ) {
        if self.lanes.len() == 2 {
            writer.write(self.mid_side.into(), 1);
        }
        // Stuffing takes the first channel, which then has to be coded.
        let coded = |channel: usize| {
            self.lanes[channel].is_coded() || stuffing > 0 && channel == 0
        };
        let channels = 0..self.lanes.len();
        for channel in channels.clone() {
            writer.write(coded(channel).into(), 1);
        }
        if !channels.clone().any(coded) {
            return;
        }
        write_gain(self.total_gain, writer);
        for channel in channels.clone().filter(|&channel| coded(channel)) {
            for noise in &self.lanes[channel].noise {
                writer.write(noise.is_some().into(), 1);
            }
        }
        for channel in channels.clone().filter(|&channel| coded(channel)) {
            self.lanes[channel].write_noise(writer);
        }
        if !full {
            writer.write(1, 1);
        }
        for channel in channels.clone().filter(|&channel| coded(channel)) {
            self.lanes[channel].write_exponents(writer);
        }
        for channel in channels.filter(|&channel| coded(channel)) {
            let lane = &self.lanes[channel];
            let code = &codes[usize::from(channel == 1 && self.mid_side)];
            let levels = &lane.packed;
            let idle = if channel == 0 {
                stuffing.div_ceil(code.escape_cost(self.total_gain)).min(levels.len() - lane.used)
            } else {
                0
            };
            code.write(levels, lane.used, self.total_gain, idle, writer);
        }
    }
}

fn exponent_code(difference: i32) -> (u8, u32) {
    let index = usize::try_from(difference + EXPONENT_BIAS).unwrap_or(0);
    EXPONENT_CODES[index.min(EXPONENT_CODES.len() - 1)]
}

fn noise_code(difference: i32) -> (u8, u32) {
    let index = usize::try_from(difference + GAIN_BIAS).unwrap_or(0);
    GAIN_CODES[index.min(GAIN_CODES.len() - 1)]
}

/// How many fields a total gain takes.
fn gain_parts(total_gain: u32) -> u32 {
    (total_gain - 1) / GAIN_MOST + 1
}

fn write_gain(total_gain: u32, writer: &mut BitWriter) {
    let mut left = total_gain - 1;
    while left >= GAIN_MOST {
        writer.write(GAIN_MOST, GAIN_BITS);
        left -= GAIN_MOST;
    }
    writer.write(left, GAIN_BITS);
}
