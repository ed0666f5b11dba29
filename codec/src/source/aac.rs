//! AAC by `rusty_aac`: LC, Main, LTP, and HE-AAC v1 and v2, whose output has twice the core's rate.

use rusty_aac::config::{self, StreamConfig};
use rusty_aac::decode::layout::{OutputConfig, default_layout, pce_layout};
use rusty_aac::{AacDecoder, parse_adts};

use super::decoder::Shape;
use crate::Error;
use crate::block::Block;
use crate::layout::Layout;

/// How a stream is set up.
#[derive(Clone, Debug)]
pub(crate) enum Config {
    /// By the ADTS header before each packet.
    Adts,
    /// By the container.
    Stream(Box<StreamConfig>),
}

impl Config {
    /// Reads an `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let unknown = || Error::UnsupportedCodec(unsupported_name(bytes).into());
        let stream = config::parse(bytes).map_err(|_| unknown())?;
        let low_delay_sbr = stream.eld.as_ref().is_some_and(|eld| eld.ld_sbr);
        if low_delay_sbr || stream.ep_config > 0 {
            return Err(unknown());
        }
        Ok(Self::Stream(Box::new(stream)))
    }
}

/// A decoder for one stream.
pub(crate) struct Aac {
    inner: AacDecoder,
    config: Config,
    /// The core's sample rate in Hz, once it is known.
    core_rate: u32,
    layout: Option<Layout>,
}

impl Aac {
    pub(crate) fn new(config: Config) -> Self {
        let inner = match &config {
            Config::Adts => AacDecoder::new(),
            Config::Stream(stream) => AacDecoder::with_stream_config((**stream).clone()),
        };
        let core_rate = if let Config::Stream(stream) = &config { stream.sample_rate } else { 0 };
        Self { inner, config, core_rate, layout: None }
    }

    /// The codec's name, once a packet was decoded.
    pub(crate) fn name(&self) -> &'static str {
        match self.inner.output_sample_rate() {
            Some(rate) if rate != self.core_rate => "he_aac",
            _ => "aac",
        }
    }

    /// Decodes a packet into `block`, which stays empty if the packet holds nothing.
    pub(crate) fn decode(&mut self, packet: &[u8], block: &mut Block) -> Result<Shape, Error> {
        block.clear();
        let audio = match self.inner.decode(packet, None) {
            Ok(audio) => audio,
            Err(rusty_aac::Error::Again) => return Ok(Shape { rate: 0, layout: Layout::MONO }),
            Err(rusty_aac::Error::Unsupported(_)) => {
                return Err(Error::UnsupportedCodec("an uncommon kind of AAC".into()));
            }
            Err(error) => return Err(Error::corrupt(error.to_string())),
        };
        let channels = usize::from(audio.channels);
        block.planes.resize_with(channels, Vec::new);
        for (channel, plane) in block.planes.iter_mut().enumerate() {
            plane.extend(audio.samples.iter().skip(channel).step_by(channels));
        }
        let layout = match self.layout.filter(|layout| layout.channels() == channels) {
            Some(layout) => layout,
            None => self.learn(packet, channels),
        };
        Ok(Shape { rate: audio.sample_rate, layout })
    }

    /// The loudspeakers of what was just decoded, in the order of the WAVE channel mask.
    fn learn(&mut self, packet: &[u8], channels: usize) -> Layout {
        let header = parse_adts(packet).ok();
        let rows = match (&self.config, header) {
            (Config::Adts, Some(header)) => {
                self.core_rate = header.sample_rate;
                u8::try_from(header.channels).ok().and_then(|c| default_layout(c, false))
            }
            (Config::Stream(stream), _) => match &stream.pce {
                Some(pce) => Some(pce_layout(pce)),
                None => default_layout(stream.channel_config, false),
            },
            (Config::Adts, None) => None,
        };
        let mask = rows.map_or(0, |rows| OutputConfig::configure(rows, false).mask);
        let layout = Layout::new(u32::try_from(mask).unwrap_or(0), channels);
        self.layout = Some(layout);
        layout
    }
}

/// What a configuration that can't be decoded asks for, by its audio object type (table 1.17).
fn unsupported_name(config: &[u8]) -> &'static str {
    let first = config.first().copied().unwrap_or(0);
    let second = config.get(1).copied().unwrap_or(0);
    match (first >> 3, 32 + (first & 7) * 8 + (second >> 5)) {
        (31, 42) => "xHE-AAC (USAC)",
        (31, 39) => "AAC-ELD with SBR",
        (31, 32..=34) => "MPEG layer I to III in MP4",
        (31, 36) => "MPEG-4 ALS",
        (6 | 20, _) => "scalable AAC",
        (22, _) => "BSAC",
        (17..=27, _) => "error-resilient AAC",
        _ => "an uncommon kind of MPEG-4 audio",
    }
}
