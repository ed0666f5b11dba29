//! Quantised coefficients: runs of zeros and levels.

use super::block::Widths;
use super::{CUT, Parsed};
use crate::bits::BitReader;
use crate::tables::{COEF_CODES, END_OF_BLOCK, ESCAPE};

/// Reads the first `count` of `levels` in the given code and zeros the others.
pub(super) fn read(
    reader: &mut BitReader<'_>,
    code: usize,
    levels: &mut [f32],
    count: usize,
    widths: Widths,
) -> Parsed<()> {
    levels.fill(0.0);
    let levels = &mut levels[..count];
    let code = &COEF_CODES[code];
    let mut at = 0;
    while at < count {
        let (run, level) = match code.vlc.read(reader).ok_or(CUT)? {
            END_OF_BLOCK => return Ok(()),
            ESCAPE => {
                let level = reader.read(widths.level).ok_or(CUT)?;
                let run = reader.read(widths.run).ok_or(CUT)?;
                (run as usize, float(level))
            }
            symbol => {
                let (run, level) = code.pairs[usize::from(symbol)];
                (usize::from(run), f32::from(level))
            }
        };
        let positive = reader.flag().ok_or(CUT)?;
        at += run;
        *levels.get_mut(at).ok_or("a coefficient beyond the end of its block")? =
            if positive { level } else { -level };
        at += 1;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a level has at most 13 bits")]
fn float(level: u32) -> f32 {
    level as f32
}
