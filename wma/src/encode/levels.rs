//! Quantized coefficients: rounding them, what they cost, and writing them.

use super::tuning::Tuning;
use crate::bits::BitWriter;
use crate::shape::escape_bits;
use crate::tables::{COEF_CODES, CoefCode, END_OF_BLOCK, ESCAPE};

/// Levels and runs whose costs are looked up.
const SMALL_LEVELS: usize = 16;
const SMALL_RUNS: usize = 32;

/// A code of coefficients, laid out for encoding.
pub(super) struct LevelCode {
    code: &'static CoefCode,
    /// The symbol of each level with a run of zero; index 0 is level 1.
    first: Vec<usize>,
    /// Bits of the small levels with short runs, sign included, by level, then by run; 0 for an
    /// escape.
    small: Vec<u8>,
    /// Bits of the fields of an escape but for the level.
    escape: u32,
    frame_bits: u32,
}

/// A symbol of a block's coefficients.
enum Symbol {
    /// Of the code, with a sign.
    Pair(usize),
    /// Escaped run and level.
    Escape,
}

impl LevelCode {
    pub(super) fn new(index: usize, frame_bits: u32) -> Self {
        let code = &COEF_CODES[index];
        let mut next = 2;
        let mut first = Vec::with_capacity(code.runs.len());
        for &runs in code.runs {
            first.push(next);
            next += usize::from(runs);
        }
        let escape = u32::from(code.codes[usize::from(ESCAPE)].0) + frame_bits + 1;
        let mut own = Self { code, first, small: Vec::new(), escape, frame_bits };
        for level in 1..=SMALL_LEVELS {
            for run in 0..SMALL_RUNS {
                own.small.push(match own.symbol(run, level) {
                    Symbol::Pair(symbol) => code.codes[symbol].0 + 1,
                    Symbol::Escape => 0,
                });
            }
        }
        own
    }

    fn symbol(&self, run: usize, level: usize) -> Symbol {
        match self.code.runs.get(level - 1) {
            Some(&runs) if run < usize::from(runs) => Symbol::Pair(self.first[level - 1] + run),
            _ => Symbol::Escape,
        }
    }

    /// The bits of coefficients of which those from `used` on are zeros.
    pub(super) fn cost(&self, levels: &[i32], used: usize, total_gain: u32) -> usize {
        let escape = (self.escape + escape_bits(total_gain)) as usize;
        let (mut bits, mut run) = (0, 0);
        for &level in &levels[..used] {
            if level == 0 {
                run += 1;
                continue;
            }
            bits += match self.pair_cost(run, level.unsigned_abs() as usize) {
                0 => escape,
                bits => usize::from(bits),
            };
            run = 0;
        }
        if used < levels.len() {
            bits += usize::from(self.code.codes[usize::from(END_OF_BLOCK)].0);
        }
        bits
    }

    /// The bits of a level after a run, sign included; 0 for an escape.
    fn pair_cost(&self, run: usize, level: usize) -> u8 {
        if level <= SMALL_LEVELS && run < SMALL_RUNS {
            return self.small[(level - 1) * SMALL_RUNS + run];
        }
        match self.symbol(run, level) {
            Symbol::Pair(symbol) => self.code.codes[symbol].0 + 1,
            Symbol::Escape => 0,
        }
    }

    /// The bits of one escape.
    pub(super) fn escape_cost(&self, total_gain: u32) -> usize {
        (self.escape + escape_bits(total_gain)) as usize
    }

    /// Writes them, and after the last that is not zero `idle` zeros, each at the cost of an
    /// escape.
    pub(super) fn write(
        &self,
        levels: &[i32],
        used: usize,
        total_gain: u32,
        idle: usize,
        writer: &mut BitWriter,
    ) {
        let mut run = 0;
        for &level in &levels[..used] {
            if level == 0 {
                run += 1;
                continue;
            }
            let size = level.unsigned_abs();
            match self.symbol(run as usize, size as usize) {
                Symbol::Pair(symbol) => self.put(symbol, writer),
                Symbol::Escape => self.put_escape(size, run, total_gain, writer),
            }
            // The format's transform has the opposite sign of ours.
            writer.write(u32::from(level < 0), 1);
            run = 0;
        }
        for _ in 0..idle {
            self.put_escape(0, 0, total_gain, writer);
            writer.write(1, 1);
        }
        if used + idle < levels.len() {
            self.put(END_OF_BLOCK.into(), writer);
        }
    }

    fn put(&self, symbol: usize, writer: &mut BitWriter) {
        let (bits, code) = self.code.codes[symbol];
        writer.write(code, bits.into());
    }

    fn put_escape(&self, level: u32, run: u32, total_gain: u32, writer: &mut BitWriter) {
        self.put(ESCAPE.into(), writer);
        writer.write(level, escape_bits(total_gain));
        writer.write(run, self.frame_bits);
    }
}

/// Rounds the coefficients of one band to multiples of a step and says how large the largest is.
pub(super) fn quantize(coefs: &[f32], step: f32, tuning: &Tuning, levels: &mut [i32]) -> i32 {
    let inverse = 1.0 / step;
    let mut most = 0;
    for (level, &coef) in levels.iter_mut().zip(coefs) {
        let exact = coef.abs() * inverse;
        let rounding = if exact < 1.0 { tuning.rounding_one } else { tuning.rounding };
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let size = (exact + rounding) as i32;
        most = most.max(size);
        *level = if coef < 0.0 { -size } else { size };
    }
    most
}
