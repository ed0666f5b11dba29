//! Test signals, WAV files of them, and how far two signals are apart.

/// Planar audio: `planes[channel][frame]`, full scale at ±1.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) rate: u32,
    pub(crate) planes: Vec<Vec<f64>>,
}

impl Sound {
    /// Steady and sliding tones that differ between channels and start at once.
    pub(crate) fn tones(rate: u32, channels: usize, frames: usize) -> Self {
        let plane = |channel: usize| {
            let base = 200.0 + 90.0 * channel as f64;
            let value = |frame: usize| {
                let t = frame as f64 / f64::from(rate);
                let turn = std::f64::consts::TAU * t;
                0.3 * (base * turn + channel as f64).sin()
                    + 0.2 * (base * 3.7 * turn).cos()
                    + 0.1 * ((base * 5.3 + 40.0 * t) * turn).sin()
            };
            (0..frames).map(value).collect()
        };
        Self { rate, planes: (0..channels).map(plane).collect() }
    }

    /// Plucked notes with many harmonics, and short bursts of noise between them.
    pub(crate) fn music(rate: u32, channels: usize, frames: usize) -> Self {
        let noise = Self::noise(rate, channels, frames);
        let plane = |channel: usize| {
            let value = |frame: usize| {
                let t = frame as f64 / f64::from(rate);
                let (note, since) = ((t * 3.0) as usize, (t * 3.0).fract());
                let semitone = ((note * 7 + channel) % 12) as f64;
                let turn = std::f64::consts::TAU * t * 220.0 * 2_f64.powf(semitone / 12.0);
                let tone: f64 = (1..16).map(|n| (f64::from(n) * turn).sin() / f64::from(n)).sum();
                0.15 * tone * (-2.0 * since).exp()
                    + 0.3 * noise.planes[channel][frame] * (-15.0 * (t * 6.0).fract()).exp()
            };
            (0..frames).map(value).collect()
        };
        Self { rate, planes: (0..channels).map(plane).collect() }
    }

    /// White noise, the same every time.
    pub(crate) fn noise(rate: u32, channels: usize, frames: usize) -> Self {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / 2_f64.powi(24) - 0.5
        };
        Self {
            rate,
            planes: (0..channels).map(|_| (0..frames).map(|_| next()).collect()).collect(),
        }
    }

    pub(crate) fn channels(&self) -> usize {
        self.planes.len()
    }

    pub(crate) fn frames(&self) -> usize {
        self.planes.first().map_or(0, Vec::len)
    }

    /// The signal-to-noise ratio in dB of `other`, whose frame `offset` is this one's first.
    pub(crate) fn snr(&self, other: &Self, offset: usize) -> f64 {
        assert_eq!(self.channels(), other.channels(), "channels");
        let (mut signal, mut noise) = (0.0, 0.0);
        for (a, b) in self.planes.iter().zip(&other.planes) {
            for (x, y) in a.iter().zip(b.iter().skip(offset)) {
                signal += x * x;
                noise += (x - y) * (x - y);
            }
        }
        10.0 * (signal / noise.max(1e-30)).log10()
    }

    /// The largest difference of two samples, in steps of 16 bits.
    pub(crate) fn difference(&self, other: &Self) -> f64 {
        assert_eq!((self.channels(), self.frames()), (other.channels(), other.frames()));
        let pairs = self.planes.iter().flatten().zip(other.planes.iter().flatten());
        pairs.map(|(x, y)| (x - y).abs() * 32_768.0).fold(0.0, f64::max)
    }

    /// A 16-bit WAV file.
    pub(crate) fn wav(&self) -> Vec<u8> {
        self.wav_as(Sample::Int(16))
    }

    /// A WAV file, extensible where there are more than two channels.
    pub(crate) fn wav_as(&self, sample: Sample) -> Vec<u8> {
        let mut data = Vec::new();
        for frame in 0..self.frames() {
            self.planes.iter().for_each(|plane| sample.put(plane[frame], &mut data));
        }
        wav_file(self.rate, self.channels() as u16, sample, &data)
    }
}

/// A sample format of WAV.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sample {
    Int(u16),
    Float(u16),
}

impl Sample {
    pub(crate) fn bits(self) -> u16 {
        match self {
            Self::Int(bits) | Self::Float(bits) => bits,
        }
    }

    fn put(self, value: f64, data: &mut Vec<u8>) {
        match self {
            Self::Int(8) => data.push((value * 127.0 + 128.0).round() as u8),
            Self::Int(bits) => {
                let level = (value * (2_f64.powi(i32::from(bits) - 1) - 1.0)).round() as i32;
                data.extend_from_slice(&level.to_le_bytes()[..usize::from(bits / 8)]);
            }
            Self::Float(32) => data.extend_from_slice(&(value as f32).to_le_bytes()),
            Self::Float(_) => data.extend_from_slice(&value.to_le_bytes()),
        }
    }
}

/// A WAV file around samples.
pub(crate) fn wav_file(rate: u32, channels: u16, sample: Sample, data: &[u8]) -> Vec<u8> {
    let block = channels * sample.bits() / 8;
    let tag: u16 = if matches!(sample, Sample::Int(_)) { 1 } else { 3 };
    let mut fmt = Vec::new();
    fmt.extend_from_slice(&if channels > 2 { 0xfffe } else { tag }.to_le_bytes());
    fmt.extend_from_slice(&channels.to_le_bytes());
    fmt.extend_from_slice(&rate.to_le_bytes());
    fmt.extend_from_slice(&(rate * u32::from(block)).to_le_bytes());
    fmt.extend_from_slice(&block.to_le_bytes());
    fmt.extend_from_slice(&sample.bits().to_le_bytes());
    if channels > 2 {
        fmt.extend_from_slice(&22_u16.to_le_bytes());
        fmt.extend_from_slice(&sample.bits().to_le_bytes());
        let mask: u32 = if channels == 6 { 0x3f } else { (1 << channels) - 1 };
        fmt.extend_from_slice(&mask.to_le_bytes());
        fmt.extend_from_slice(&tag.to_le_bytes());
        fmt.extend_from_slice(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    }
    let mut file = b"RIFF".to_vec();
    let size = 4 + 8 + fmt.len() + 8 + data.len() + data.len() % 2;
    file.extend_from_slice(&(size as u32).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&(fmt.len() as u32).to_le_bytes());
    file.extend_from_slice(&fmt);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    file.resize(file.len() + data.len() % 2, 0);
    file
}

/// Reads a WAV file of 64-bit floats, as ffmpeg is told to write it.
pub(crate) fn read_f64_wav(bytes: &[u8]) -> Sound {
    let mut at = 12;
    let (mut rate, mut channels) = (0, 0);
    loop {
        let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        match &bytes[at..at + 4] {
            b"fmt " => {
                channels = usize::from(u16::from_le_bytes([bytes[at + 10], bytes[at + 11]]));
                rate = u32::from_le_bytes(bytes[at + 12..at + 16].try_into().unwrap());
            }
            b"data" => break,
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    let samples: Vec<f64> = bytes[at + 8..]
        .chunks_exact(8)
        .map(|sample| f64::from_le_bytes(sample.try_into().unwrap()))
        .collect();
    let plane = |channel| samples.iter().skip(channel).step_by(channels).copied().collect();
    Sound { rate, planes: (0..channels).map(plane).collect() }
}
