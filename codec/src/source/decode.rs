//! From packets to blocks: decoding, concealment, trimming, and the verdict at the end.

use std::io::{Read, Seek};

use super::decoder::{Coding, Decoder, Shape};
use super::input::Watch;
use super::mpeg;
use super::plan::{Ending, Plan};
use super::reader::{Next, Reader};
use crate::block::Block;
use crate::layout::Layout;
use crate::receipt::StreamInfo;
use crate::{Error, Limits};

/// The longest silence that stands for a packet that can't be decoded, in frames.
const LONGEST_PACKET: u64 = 65_536;
/// Damaged stretches without one good packet between them before a file is given up.
const PATIENCE: u32 = 2000;

/// An opened file that gives out its audio block by block.
pub(crate) struct Source<'a, R> {
    pub(crate) info: StreamInfo,
    pub(crate) layout: Layout,
    /// Whether samples are floating point, so that they may exceed full scale.
    pub(crate) float: bool,
    pub(crate) plan: Plan,
    /// Packets that could not be decoded.
    pub(crate) bad: u64,
    reader: Reader<'a, R>,
    /// One decoder for each number of channels that the stream switches between.
    decoders: Vec<(usize, Decoder)>,
    coding: Coding,
    watch: &'a Watch<'a>,
    limits: Limits,
    length: u64,
    packets: u64,
    /// Frames decoded, delay and padding included.
    position: u64,
    /// The part that is given out, as positions.
    from: u64,
    until: Option<u64>,
    /// Frames of silence due before the first decoded block, and that block.
    lead: u64,
    primed: Option<Block>,
    exact: bool,
}

impl<'a, R: Read + Seek + Send + Sync> Source<'a, R> {
    /// Decodes up to the first block, which tells the true shape of the audio.
    pub(crate) fn new(
        reader: Reader<'a, R>,
        coding: Coding,
        watch: &'a Watch<'a>,
        plan: Plan,
        info: StreamInfo,
        length: u64,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut source = Self {
            layout: Layout::usual(info.channels),
            info,
            float: false,
            bad: 0,
            reader,
            decoders: Vec::new(),
            coding,
            watch,
            limits: limits.clone(),
            length,
            packets: 0,
            position: 0,
            from: 0,
            until: None,
            lead: 0,
            primed: None,
            exact: false,
            plan,
        };
        source.prime()?;
        Ok(source)
    }

    fn prime(&mut self) -> Result<(), Error> {
        if self.info.channels > 0 && self.info.sample_rate > 0 {
            self.limits.check_shape(self.info.sample_rate, self.info.channels)?;
        }
        let mut block = Block::default();
        if !self.decode(&mut block)? {
            return Err(self.nothing());
        }
        self.primed = Some(block);
        if let Some(name) = self.decoders.last().and_then(|(_, decoder)| decoder.name()) {
            self.info.codec = name.into();
        }
        self.lead = self.plan.at_rate(self.lead, self.info.sample_rate);
        self.plan.count_at(self.info.sample_rate);
        self.info.frames = self.plan.frames.or(self.plan.estimate);
        self.from = self.plan.skip;
        self.until = self.plan.frames.map(|frames| self.plan.skip.saturating_add(frames));
        if let Some(frames) = self.plan.frames {
            self.limits.check_frames(frames, self.info.sample_rate)?;
        }
        let bits = u128::from(self.length) * 8 * u128::from(self.info.sample_rate);
        let frames = self.plan.frames.or(self.plan.estimate).filter(|&frames| frames > 0);
        let mean = frames.map(|frames| u64::try_from(bits / u128::from(frames)).unwrap_or(0));
        // A variable bit rate that falls on easy music says little of the quality.
        self.info.bitrate = self.plan.bitrate.max(mean);
        let skip = Some(self.plan.skip).filter(|&skip| self.plan.delay_known || skip > 0);
        self.info.delay = self.plan.delay.or(skip);
        Ok(())
    }

    /// Why there is not one sample.
    fn nothing(&self) -> Error {
        match self.plan.frames {
            _ if self.bad > 0 => Error::corrupt("no part of it can be decoded"),
            Some(promised) if promised > 0 => {
                Error::Truncated { found: 0, promised, unit: "samples" }
            }
            _ => Error::EmptyAudio,
        }
    }

    /// Narrows what is given out to `start..end`, in frames from the first played frame.
    pub(crate) fn select(&mut self, start: u64, end: Option<u64>) {
        let end = end.map(|frames| self.plan.skip.saturating_add(frames));
        self.from = self.plan.skip.saturating_add(start);
        self.until = self.until.into_iter().chain(end).min();
    }

    /// Frames that will be given out, as far as the container knows.
    pub(crate) fn length_hint(&self) -> Option<u64> {
        self.until.map(|until| until.saturating_sub(self.from))
    }

    /// Whether samples are integers that [`keep_exact`](Self::keep_exact) may keep.
    pub(crate) fn is_integer(&self) -> bool {
        self.plan.strict && !self.float && self.info.bit_depth.is_some()
    }

    /// Gives out full-range integers from now on; for integer PCM and lossless codecs.
    pub(crate) fn keep_exact(&mut self) {
        self.exact = true;
        if let Some(block) = &mut self.primed {
            block.planes = Vec::new();
            if let Some((_, decoder)) = self.decoders.last() {
                decoder.last_exact(block);
            }
        }
    }

    /// How much of the file is done, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a fraction for people needs no more")]
    pub(crate) fn progress(&self) -> f64 {
        let (done, all) = match self.until.or(self.plan.estimate) {
            Some(frames) => (self.position, frames),
            None => (self.watch.position(), self.length),
        };
        (done as f64 / all.max(1) as f64).min(1.0)
    }

    /// Fills `block` with the next frames and returns whether there were any.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, Error> {
        loop {
            self.watch.check()?;
            if self.until.is_some_and(|until| self.position >= until) {
                return Ok(false);
            }
            if !self.fill(block)? {
                return self.finish(block);
            }
            if self.trim(block) {
                block.scrub();
                return Ok(true);
            }
        }
    }

    fn fill(&mut self, block: &mut Block) -> Result<bool, Error> {
        if self.lead > 0 {
            let frames = std::mem::take(&mut self.lead);
            return Ok(self.silence(block, frames));
        }
        match self.primed.take() {
            Some(first) => *block = first,
            None => return self.decode(block),
        }
        Ok(true)
    }

    /// Counts the block and cuts off what is not to be given out; says whether anything is left.
    fn trim(&mut self, block: &mut Block) -> bool {
        let frames = block.frames();
        let place = |position: u64| {
            usize::try_from(position.saturating_sub(self.position))
                .unwrap_or(usize::MAX)
                .min(frames)
        };
        let (start, end) = (place(self.from), self.until.map_or(frames, place));
        self.position += frames as u64;
        if start > 0 || end < frames {
            block.keep(start, end);
        }
        block.frames() > 0
    }

    /// Decodes packets until one gives frames; `false` at the end of the stream.
    fn decode(&mut self, block: &mut Block) -> Result<bool, Error> {
        let mut damaged = 0;
        loop {
            let next = self.reader.advance();
            self.watch.check()?;
            match next? {
                Next::Packet => {}
                Next::Cut if self.plan.ending == Ending::Open => {
                    self.plan.notes.push("The last packet is cut off and was left out.");
                    return Ok(false);
                }
                Next::End | Next::Cut => return Ok(false),
                Next::Reset => {
                    self.restart()?;
                    continue;
                }
                Next::Damage(error) => {
                    self.bad += 1;
                    damaged += 1;
                    if damaged > PATIENCE || self.plan.strict || self.plan.ending == Ending::Stated
                    {
                        return Err(error);
                    }
                    continue;
                }
            }
            self.packets += 1;
            if self.packet(block)? {
                self.limits.check_frames(self.position, self.info.sample_rate)?;
                return Ok(true);
            }
        }
    }

    /// Decodes the packet at hand; says whether that gave frames.
    fn packet(&mut self, block: &mut Block) -> Result<bool, Error> {
        let Some(packet) = self.reader.packet()? else { return Ok(false) };
        let header = self.plan.reference.and_then(|_| mpeg::Header::parse(packet.data));
        let key = header.map_or(0, |header| header.channels);
        if !self.decoders.iter().any(|(channels, _)| *channels == key) {
            self.decoders.push((key, self.coding.decoder(self.plan.gapless_decoder)?));
        }
        let duration = packet.dur.get();
        let decoder = self.decoders.iter_mut().find(|(channels, _)| *channels == key);
        let Some((_, decoder)) = decoder else { return Ok(false) };
        match decoder.decode(&packet, self.exact, block) {
            Ok(shape) => self.shape(block, shape),
            // Once audio came out, such a packet is damage that looks like a rare feature.
            Err(error @ Error::UnsupportedCodec(_))
                if self.position == 0 && self.primed.is_none() =>
            {
                Err(error)
            }
            Err(error) if self.plan.strict => Err(error),
            Err(_) => Ok(self.conceal(block, header, duration)),
        }
    }

    /// Takes the shape of the first decoded block and holds the others to it.
    fn shape(&mut self, block: &mut Block, shape: Shape) -> Result<bool, Error> {
        let Shape { rate, layout } = shape;
        if block.frames() == 0 {
            return Ok(false);
        }
        if self.primed.is_none() && self.position == 0 {
            self.limits.check_shape(rate, layout.channels())?;
            self.info.sample_rate = rate;
            self.info.channels = layout.channels();
            self.layout = layout;
        }
        if rate != self.info.sample_rate {
            return Err(Error::UnsupportedFormat("audio whose sample rate changes".into()));
        }
        match (layout.channels(), self.layout.channels()) {
            (here, wanted) if here == wanted => {}
            (1, _) => {
                let mono = block.planes.first().cloned().unwrap_or_default();
                block.planes.resize(self.layout.channels(), mono);
            }
            (2, 1) => crate::dsp::mix::Mixer::new(layout, self.layout)
                .into_iter()
                .for_each(|mut mixer| mixer.apply(block)),
            _ => return Err(Error::UnsupportedFormat("audio whose channels change".into())),
        }
        Ok(true)
    }

    /// Puts silence for a packet that can't be decoded, so that what follows keeps its time.
    fn conceal(&mut self, block: &mut Block, header: Option<mpeg::Header>, duration: u64) -> bool {
        self.bad += 1;
        // What is no frame of this stream took no time in it.
        if self.plan.reference.is_some_and(|r| header.is_none_or(|header| !r.goes_with(&header))) {
            return false;
        }
        if self.position == 0 && self.primed.is_none() {
            self.lead += duration.min(LONGEST_PACKET);
            return false;
        }
        let frames = self.plan.at_rate(duration, self.info.sample_rate).min(LONGEST_PACKET);
        self.silence(block, frames)
    }

    fn silence(&self, block: &mut Block, frames: u64) -> bool {
        let planes = if self.exact { &mut block.exact.len() } else { &mut block.planes.len() };
        if *planes != self.info.channels {
            *block = Block::new(self.info.channels);
        }
        block.silence(usize::try_from(frames).unwrap_or(0));
        frames > 0
    }

    /// A new stream of the same file begins.
    fn restart(&mut self) -> Result<(), Error> {
        if let Some(coding) = self.reader.restart()? {
            self.coding = coding;
            self.decoders.clear();
        }
        Ok(())
    }

    /// The verdict at the end of the stream; may give a last block.
    fn finish(&mut self, block: &mut Block) -> Result<bool, Error> {
        if self.bad > 1 + self.packets / 20 {
            return Err(Error::corrupt(format!(
                "{} of its {} packets can't be decoded",
                self.bad, self.packets
            )));
        }
        let Some(promised) = self.plan.frames else { return Ok(false) };
        let found = self.position.saturating_sub(self.plan.skip);
        let missing = promised.saturating_sub(found);
        let tolerated = match self.plan.ending {
            Ending::Stated if self.plan.strict => 0,
            Ending::Stated => 2048,
            Ending::Counted(samples) => samples,
            Ending::Open => u64::MAX,
        };
        if missing > tolerated {
            return Err(Error::Truncated { found, promised, unit: "samples" });
        }
        // A decoder's delay may keep the last samples inside; the container knows that they exist.
        if missing > 0 && self.plan.ending != Ending::Open {
            self.silence(block, missing);
            return Ok(self.trim(block));
        }
        Ok(false)
    }
}
