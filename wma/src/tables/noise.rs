//! The noise that fills what is not coded: a fixed sequence, the same for every decoder.

/// Length of the sequence, after which it starts again.
pub(crate) const NOISE_LEN: usize = 8192;

/// The sequence, evenly distributed with a standard deviation of `deviation`.
#[expect(clippy::cast_possible_truncation, reason = "samples are `f32` by design")]
pub(crate) fn noise(deviation: f64) -> Vec<f32> {
    let scale = 3_f64.sqrt() * deviation / f64::from(1_u32 << 31);
    let next = |seed: &u32| Some(seed.wrapping_mul(314_159).wrapping_add(1));
    let seeds = std::iter::successors(Some(314_160_u32), next);
    seeds.take(NOISE_LEN).map(|seed| (f64::from(seed.cast_signed()) * scale) as f32).collect()
}
