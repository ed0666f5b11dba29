//! The numeric tables of versions 1 and 2.

mod bands;
mod coefs;
mod gains;
mod lsp;
mod noise;
mod vlc;

use std::sync::LazyLock;

pub(crate) use bands::{CRITICAL_FREQUENCIES, short_block_bands};
pub(crate) use lsp::{CODEBOOK, INDEX_BITS, ORDER};
pub(crate) use noise::{NOISE_LEN, noise};
pub(crate) use vlc::Vlc;

/// Symbol of the escape in a code of coefficients.
pub(crate) const ESCAPE: u16 = 0;
/// Symbol that ends a block in a code of coefficients.
pub(crate) const END_OF_BLOCK: u16 = 1;
/// Symbol of a difference of zero between exponents.
pub(crate) const EXPONENT_BIAS: i32 = 60;
/// Symbol of a difference of zero between gains of high bands.
pub(crate) const GAIN_BIAS: i32 = 18;

/// One of the six codes of spectral coefficients.
pub(crate) struct CoefCode {
    /// Length in bits and code of each symbol.
    pub(crate) codes: &'static [(u8, u32)],
    /// How many runs each level has; index 0 is level 1.
    pub(crate) runs: &'static [u16],
    /// The same for decoding; the value of a symbol is its `(run, level)`.
    pub(crate) vlc: Vlc,
    /// Run and level of each symbol; zeros for the first two.
    pub(crate) pairs: Vec<(u16, u16)>,
}

impl CoefCode {
    fn new(codes: &'static [(u8, u32)], runs: &'static [u16]) -> Self {
        let pairs = (1..).zip(runs).flat_map(|(level, &count)| (0..count).map(move |r| (r, level)));
        let pairs = [(0, 0); 2].into_iter().chain(pairs).collect();
        Self { codes, runs, vlc: Vlc::new(codes), pairs }
    }
}

/// The six codes: `2·set` for a channel of its own, `2·set + 1` for the difference of two.
pub(crate) static COEF_CODES: LazyLock<[CoefCode; 6]> = LazyLock::new(|| {
    [
        CoefCode::new(&coefs::CODES_0, &coefs::RUNS_0),
        CoefCode::new(&coefs::CODES_1, &coefs::RUNS_1),
        CoefCode::new(&coefs::CODES_2, &coefs::RUNS_2),
        CoefCode::new(&coefs::CODES_3, &coefs::RUNS_3),
        CoefCode::new(&coefs::CODES_4, &coefs::RUNS_4),
        CoefCode::new(&coefs::CODES_5, &coefs::RUNS_5),
    ]
});

/// Length in bits and code of each difference of exponents, from −60 on.
pub(crate) const EXPONENT_CODES: &[(u8, u32)] = &gains::EXPONENT_CODES;
/// Length in bits and code of each difference of gains of high bands, from −18 on.
pub(crate) const GAIN_CODES: &[(u8, u32)] = &gains::GAIN_CODES;

/// [`EXPONENT_CODES`] for decoding.
pub(crate) static EXPONENT_VLC: LazyLock<Vlc> = LazyLock::new(|| Vlc::new(EXPONENT_CODES));
/// [`GAIN_CODES`] for decoding.
pub(crate) static GAIN_VLC: LazyLock<Vlc> = LazyLock::new(|| Vlc::new(GAIN_CODES));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_complete_and_its_pairs_fill_it() {
        let all = COEF_CODES.iter().map(|code| code.codes).chain([EXPONENT_CODES, GAIN_CODES]);
        for codes in all {
            let share: f64 = codes.iter().map(|&(bits, _)| 0.5_f64.powi(bits.into())).sum();
            assert!((share - 1.0).abs() < 1e-12);
        }
        for code in COEF_CODES.iter() {
            assert_eq!(code.codes.len(), code.pairs.len());
        }
    }
}
