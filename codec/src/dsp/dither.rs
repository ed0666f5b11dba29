//! Triangular dither: noise of two least significant bits peak to peak that makes the error of
//! rounding independent of the signal (Lipshitz, Wannamaker and Vanderkooy, JAES 40/5, 1992).

/// A source of triangularly distributed noise; the same every time, so that results are too.
#[derive(Clone, Debug)]
pub(crate) struct Dither {
    state: u64,
}

impl Dither {
    pub(crate) fn new() -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// The next value, in least significant bits, between -1 and 1.
    pub(crate) fn next(&mut self) -> f64 {
        // xorshift64* (Vigna, 2016); its upper halves make two uniform numbers.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d);
        let uniform =
            |part: u64| f64::from(u32::try_from(part & 0xffff_ffff).unwrap_or(0)) / 2_f64.powi(32);
        uniform(bits >> 32) - uniform(bits)
    }
}
