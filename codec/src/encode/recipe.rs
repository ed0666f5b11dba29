//! What the result will be: rate, channels, depth and bit rate, as asked for or after the source.

use crate::layout::{BL, BR, FC, FL, FR, LFE, Layout};
use crate::options::invalid;
use crate::receipt::StreamInfo;
use crate::{BitDepth, Error, Options, Target};

/// Rates of MPEG-1, 2 and 2.5 audio in Hz.
const MP3_RATES: [u32; 9] = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/// Rates of AAC in ADTS in Hz, as far as the encoder has them.
const AAC_RATES: [u32; 12] =
    [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];
/// Rates of Windows Media Audio 2 in Hz, as far as its encoders use them.
const WMA_RATES: [u32; 7] = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000];
/// Bit rates of one channel in bits/s, and the highest sample rate that is of use below each.
const WMA_LEAN: [(u32, u32); 4] =
    [(8_000, 8_000), (12_000, 16_000), (20_000, 22_050), (28_000, 32_000)];
/// Bit rates of layer III in kbit/s that LAME is given: MPEG-1, MPEG-2, MPEG-2.5.
const MP3_KBPS: [&[u32]; 3] = [
    &[32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    &[8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160],
    &[8, 16, 24, 32, 40, 48, 64],
];

/// The shape of a result.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) target: Target,
    /// Sample rate in Hz.
    pub(crate) rate: u32,
    pub(crate) layout: Layout,
    /// Sample format of a WAV result.
    pub(crate) depth: BitDepth,
    /// Whether rounding to `depth` loses bits, so that dither is due.
    pub(crate) dither: bool,
    /// Bit rate in bits/s of a lossy result.
    pub(crate) bitrate: u32,
    /// Frames expected, if known.
    pub(crate) frames: Option<u64>,
}

/// What must be known of a source to choose a result.
#[derive(Clone, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) info: &'a StreamInfo,
    pub(crate) layout: Layout,
    pub(crate) float: bool,
    pub(crate) lossless: bool,
    /// Frames that will be given out, if known.
    pub(crate) frames: Option<u64>,
}

impl Recipe {
    /// Chooses what the options leave open.
    pub(crate) fn new(
        target: Target,
        options: &Options,
        origin: &Origin<'_>,
    ) -> Result<Self, Error> {
        let layout = layout(target, options.channels, origin.layout)?;
        let rate = rate(target, options, origin.info.sample_rate, layout.channels())?;
        let bitrate = bitrate(target, options, origin, rate, layout.channels())?;
        let depth = options.bit_depth.unwrap_or_else(|| depth(origin));
        let processed = rate != origin.info.sample_rate
            || layout.channels() != origin.layout.channels()
            || options.gain.is_some_and(|gain| gain != 0.0);
        let source_bits = match origin.info.bit_depth {
            _ if origin.float => 32,
            Some(bits) if origin.lossless => bits,
            _ => 16,
        };
        let reduced = processed || source_bits > u32::from(depth.bits());
        let change =
            |frames| crate::dsp::resample::Resampler::length(frames, origin.info.sample_rate, rate);
        Ok(Self {
            target,
            rate,
            layout,
            depth,
            // 32-bit integers are finer than what is rounded to them.
            dither: reduced && matches!(depth, BitDepth::Int16 | BitDepth::Int24),
            bitrate,
            frames: origin.frames.map(change),
        })
    }
}

/// The depth of the source, but at least 16 bits.
fn depth(origin: &Origin<'_>) -> BitDepth {
    match origin.info.bit_depth {
        _ if origin.float => BitDepth::Float32,
        Some(17..=24) if origin.lossless => BitDepth::Int24,
        Some(25..) if origin.lossless => BitDepth::Int32,
        _ => BitDepth::Int16,
    }
}

fn layout(target: Target, asked: Option<u16>, source: Layout) -> Result<Layout, Error> {
    let channels = source.channels();
    let asked = match asked.map(usize::from) {
        None => usual_layout(target, source),
        Some(n) if n == channels => source,
        Some(1) => Layout::MONO,
        Some(2) => Layout::STEREO,
        Some(6) if channels > 6 => Layout::SURROUND_5_1,
        Some(n) => {
            let reason =
                format!("{channels} channels can become 1, 2, 6 if there are more, or stay");
            return Err(invalid("channels", n, reason));
        }
    };
    let fits = usual_layout(target, asked);
    if fits.channels() < asked.channels() {
        let reason = format!("{target} carries {} of this kind at most", fits.channels());
        return Err(invalid("channels", asked.channels(), reason));
    }
    Ok(fits)
}

/// The layout nearest to the source's that a target carries.
fn usual_layout(target: Target, source: Layout) -> Layout {
    let plain = source.with_back_surrounds();
    let few = source.channels() <= 2;
    match target {
        Target::Wav => source,
        _ if few => Layout::usual(source.channels()),
        // Channel configurations 1 to 6 of AAC (ISO/IEC 14496-3, table 1.19).
        Target::Aac => match plain.mask() {
            m if m == FL | FR | FC || m == FL | FR | FC | BL | BR => plain,
            m if m == FL | FR | FC | LFE | BL | BR => plain,
            _ if source.channels() > 6 => Layout::SURROUND_5_1,
            _ => Layout::STEREO,
        },
        Target::Ogg if plain == Layout::usual(plain.channels()) => plain,
        Target::Ogg | Target::Mp3 | Target::Wma => Layout::STEREO,
    }
}

fn rate(
    target: Target,
    options: &Options,
    source: u32,
    channels: usize,
) -> Result<u32, Error> {
    let (rates, lowest_kbps): (&[u32], u32) = match target {
        Target::Mp3 => (&MP3_RATES, 32),
        Target::Aac => (&AAC_RATES, 0),
        Target::Wma => (&WMA_RATES, 0),
        Target::Wav => return Ok(options.sample_rate.unwrap_or(source)),
        Target::Ogg => {
            let rate = options.sample_rate.unwrap_or(source);
            return Ok(if options.sample_rate.is_none() { vorbis_rate(rate) } else { rate });
        }
    };
    match options.sample_rate {
        Some(rate) if rates.contains(&rate) => Ok(rate),
        Some(rate) => Err(invalid("sampleRate", rate, format!("{target} has {rates:?} Hz"))),
        // MPEG-1 has no such bit rates; the lower sample rates of MPEG-2 do.
        None if options.bitrate.is_some_and(|b| b < lowest_kbps * 1000) => {
            Ok(nearest(rates, source.min(24_000)))
        }
        None if target == Target::Wma => {
            let share = options.bitrate.map(|all| all / u32::try_from(channels).unwrap_or(1));
            let lean = WMA_LEAN.iter().find(|(most, _)| share.is_some_and(|share| share < *most));
            Ok(nearest(rates, lean.map_or(source, |(_, rate)| source.min(*rate))))
        }
        None => Ok(nearest(rates, source)),
    }
}

/// Vorbis takes any rate, but its encoder has no modes above 200 kHz, nor below 8 kHz.
fn vorbis_rate(source: u32) -> u32 {
    match source {
        8_000..=192_000 => source,
        0..8_000 => 8_000,
        _ if source.is_multiple_of(11_025) => 176_400,
        _ => 192_000,
    }
}

/// The rate itself, else one that it is a multiple of, else the next higher or the highest.
fn nearest(rates: &[u32], source: u32) -> u32 {
    let divisor = rates.iter().rev().find(|&&rate| rate >= 32_000 && source.is_multiple_of(rate));
    let higher = rates.iter().find(|&&rate| rate >= source);
    let exact = rates.iter().find(|&&rate| rate == source);
    exact.or(divisor).or(higher).or(rates.last()).copied().unwrap_or(source)
}

fn bitrate(
    target: Target,
    options: &Options,
    origin: &Origin<'_>,
    rate: u32,
    channels: usize,
) -> Result<u32, Error> {
    let channels = u32::try_from(channels).unwrap_or(1);
    let most = match target {
        Target::Wav => return Ok(0),
        Target::Mp3 => 1000 * mp3_table(rate).last().copied().unwrap_or(320),
        // 6144 bits per channel in a frame of 1024 samples (ISO/IEC 14496-3, 4.5.3).
        Target::Aac => (6 * rate * channels).min(320_000 * channels),
        Target::Wma => (6 * rate * channels).min(160_000 * channels),
        _ => 250_000 * channels,
    };
    if let Some(asked) = options.bitrate {
        let most_ever = if target == Target::Mp3 { 320_000 } else { most };
        if asked > most_ever {
            return Err(invalid(
                "bitrate",
                asked,
                format!("{target} has at most {most_ever} bits/s here"),
            ));
        }
    }
    let wanted = options.bitrate.unwrap_or_else(|| automatic(target, origin, rate, channels));
    Ok(match target {
        Target::Mp3 => mp3_bitrate(wanted, rate, options.bitrate.is_some()),
        _ => wanted.clamp(8_000 * channels, most),
    })
}

fn mp3_table(rate: u32) -> &'static [u32] {
    match rate {
        32_000.. => MP3_KBPS[0],
        16_000.. => MP3_KBPS[1],
        _ => MP3_KBPS[2],
    }
}

/// The nearest bit rate that layer III has, or the next higher if it is our choice.
fn mp3_bitrate(wanted: u32, rate: u32, asked: bool) -> u32 {
    let mut table = mp3_table(rate).iter().map(|kbps| kbps * 1000);
    let found = if asked {
        table.min_by_key(|bits| bits.abs_diff(wanted))
    } else {
        table.clone().find(|&bits| bits >= wanted).or(table.next_back())
    };
    found.unwrap_or(128_000)
}

/// A bit rate that keeps what the source has: near transparency for a lossless one; for a lossy
/// one as much as it has and a tenth more, weighed by how efficient the two codecs are.
fn automatic(target: Target, origin: &Origin<'_>, rate: u32, channels: u32) -> u32 {
    let efficiency = |codec: &str| match codec {
        "he_aac" => 2.0,
        "opus" => 1.6,
        "aac" | "vorbis" | "ogg" => 1.3,
        "mp2" => 0.8,
        "mp1" => 0.7,
        _ => 1.0,
    };
    let own = efficiency(target.name());
    let ample = f64::from(channels) * f64::from(rate.min(44_100)) / 44_100.0 * 128_000.0;
    let least = ample / 2.0 / own;
    let wanted = match origin.info.bitrate.filter(|_| !origin.lossless) {
        None => ample / own.sqrt(),
        #[expect(clippy::cast_precision_loss, reason = "bit rates are far below 2^53")]
        Some(source) => {
            let share = f64::from(channels) / origin.info.channels.max(1) as f64;
            (source as f64 * share * 1.1 * efficiency(&origin.info.codec) / own).max(least)
        }
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and the cast saturates"
    )]
    let bits = wanted as u32;
    bits
}
