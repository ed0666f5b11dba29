//! What happens to samples between decoder and encoder.

pub(crate) mod dither;
pub(crate) mod mix;
pub(crate) mod resample;
