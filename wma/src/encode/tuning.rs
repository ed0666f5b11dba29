//! The encoder's free choices, found by measuring with `benches/wma-quality`.

/// Numbers that decide where noise goes and how bits are spent; decoders need none of them.
#[derive(Clone, Debug)]
pub(super) struct Tuning {
    /// How much more energy than lately a segment has that begins an onset.
    pub(super) onset_ratio: f32,
    /// Energy of a segment below which there is no onset, in squared steps of 16 bits.
    pub(super) onset_floor: f32,
    /// How fast the detector gets used to louder sound, from 0 to 1.
    pub(super) onset_rise: f32,
    /// How slowly it forgets, from 0 to 1.
    pub(super) onset_decay: f32,
    /// Slope of masking downwards in dB per Bark.
    pub(super) slope_down: f32,
    /// Slope upwards at 0 dB, and how much less steep it is per dB of level.
    pub(super) slope_up: f32,
    pub(super) slope_level: f32,
    /// Growth of noise with the lines of a Bark, as a power: many lines take many bits.
    pub(super) width_power: f32,
    /// Power of the mean of the thresholds in a band; the lower, the more the least one counts.
    pub(super) mean_power: f32,
    /// What is added to the threshold in quiet in dB.
    pub(super) quiet: f32,
    /// What is added before rounding down, and what to values below one step.
    pub(super) rounding: f32,
    pub(super) rounding_one: f32,
    /// Seconds of the bit rate that may be saved or owed, from the least to the most.
    pub(super) reservoir: f32,
    /// Noise above the thresholds that the first frame gets, in dB.
    pub(super) start: f32,
    /// dB by which a frame of double size raises the noise of all that follow.
    pub(super) control_slow: f32,
    /// dB by which a full reservoir lowers the noise.
    pub(super) control_fast: f32,
    /// Bits per line that mid and side are given ahead of left and right.
    pub(super) mid_side: f32,
}

impl Tuning {
    /// The choices for a stream with so many bits per sample of a channel.
    pub(super) fn new(density: f32) -> Self {
        // Short blocks are dear where bits are scarce.
        let onset_ratio = (2.2 + 4.0 * (1.45 - density)).clamp(2.2, 8.0);
        Self { onset_ratio, ..USUAL }
    }
}

/// The choices for streams with many bits.
const USUAL: Tuning = Tuning {
    onset_ratio: 2.2,
    onset_floor: 1e4,
    onset_rise: 0.5,
    onset_decay: 0.7,
    slope_down: 40.0,
    slope_up: 45.0,
    slope_level: 0.2,
    width_power: 0.7,
    mean_power: -3.0,
    quiet: -15.0,
    rounding: 0.43,
    rounding_one: 0.4,
    reservoir: 0.7,
    start: 0.0,
    control_slow: 0.5,
    control_fast: 2.0,
    mid_side: 0.2,
};
