//! Music-like test signals, the same on every run.

use std::f64::consts::TAU;

/// Interleaved 16-bit samples: chords that change, noise that swells, clicks and pauses.
#[expect(clippy::cast_possible_truncation, reason = "samples are below full scale")]
pub(crate) fn music(rate: u32, channels: u16, seconds: f64) -> Vec<i16> {
    let rate = f64::from(rate);
    let mut noise = Noise(1);
    let mut samples = Vec::new();
    let mut time = 0.0;
    while time < seconds {
        let beat = time % 0.5;
        let chord = 110.0 * 2_f64.powf((time / 0.5).floor() * 5.0 % 12.0 / 12.0);
        let decay = (-beat * 6.0).exp();
        let pause = if time % 4.0 > 3.6 { 0.0 } else { 1.0 };
        for channel in 0..channels {
            let detune = 1.0 + 0.003 * f64::from(channel);
            let tones: f64 = [1.0, 1.26, 1.5, 2.0, 4.01, 9.2]
                .iter()
                .map(|step| (TAU * chord * step * detune * time).sin() / step)
                .sum();
            let click = if beat < 0.002 { 0.4 } else { 0.0 };
            let hiss = noise.next() * (0.02 + 0.25 * decay * (0.5 + 0.5 * (TAU * 0.3 * time).sin()));
            let value = (tones * 0.12 * (0.3 + decay) + hiss + click) * pause;
            samples.push((value.clamp(-0.99, 0.99) * 32_767.0) as i16);
        }
        time += 1.0 / rate;
    }
    samples
}

/// Numbers without order.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.bits() >> 11).unwrap() % limit
    }

    /// A number from −1 to 1.
    fn next(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 33).unwrap()) / f64::from(1_u32 << 30) - 1.0
    }
}
