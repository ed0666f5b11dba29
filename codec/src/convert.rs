//! The way from a file to another.

use std::cell::Cell;
use std::io::{Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::block::Block;
use crate::chain::Chain;
use crate::control::Unattended;
use crate::encode::{self, Encoded, Encoder, Origin, Recipe};
use crate::receipt::StreamInfo;
use crate::source::{self, Input, Source, Watch};
use crate::tags::{self, Tags};
use crate::{BitDepth, Control, Error, Limits, Options, Receipt, SourceInfo, Target};

/// Converts the audio file `input` to `target`.
///
/// Both streams are used from their start; `output` should be empty. The same input, options and
/// version give the same bytes.
///
/// # Errors
/// Any [`Error`]; what was written to `output` by then is of no use.
pub fn convert<R, W>(
    mut input: R,
    mut output: W,
    target: Target,
    options: &Options,
    limits: &Limits,
    control: &dyn Control,
) -> Result<Receipt, Error>
where
    R: Read + Seek + Send + Sync,
    W: Write + Seek,
{
    options.validate(target)?;
    let encoding = Cell::new(false);
    contain(&encoding, || {
        let watch = Watch::new(control);
        let mut input = Input::new(&mut input, &watch)?;
        let found = source::sniff(&mut input)?;
        let tags = tags::write(tags::read(&mut input, found.0, options), target);
        watch.check()?;
        let source = source::open(input, found, &watch, limits)?;
        let job = Job { target, options, control, encoding: &encoding };
        job.run(source, &tags, &mut output)
    })
}

/// Looks at `input`: its shape and what its container says of its length. Only the first packet
/// is decoded.
///
/// # Errors
/// As [`convert`], as far as the start of the file tells.
pub fn probe<R>(mut input: R, limits: &Limits) -> Result<SourceInfo, Error>
where
    R: Read + Seek + Send + Sync,
{
    contain(&Cell::new(false), || {
        let watch = Watch::new(&Unattended);
        let mut input = Input::new(&mut input, &watch)?;
        let found = source::sniff(&mut input)?;
        let source = source::open(input, found, &watch, limits)?;
        let frames_exact = source.plan.frames.is_some();
        Ok(SourceInfo { stream: source.info, frames_exact })
    })
}

/// Turns a panic in a decoder or an encoder into an error.
fn contain<T>(encoding: &Cell<bool>, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        let text = text.unwrap_or_else(|| "panic".into());
        Err(if encoding.get() { Error::EncoderFailed(text) } else { Error::DecoderFailed(text) })
    })
}

/// One conversion with an opened source.
struct Job<'a> {
    target: Target,
    options: &'a Options,
    control: &'a dyn Control,
    /// Whether foreign code that runs is an encoder's.
    encoding: &'a Cell<bool>,
}

impl Job<'_> {
    fn run<R: Read + Seek + Send + Sync, W: Write + Seek>(
        &self,
        mut source: Source<'_, R>,
        tags: &Tags,
        output: &mut W,
    ) -> Result<Receipt, Error> {
        self.select(&mut source);
        let origin = Origin {
            info: &source.info,
            layout: source.layout,
            float: source.float,
            lossless: source.plan.strict,
            frames: source.length_hint(),
        };
        let recipe = Recipe::new(self.target, self.options, &origin)?;
        let mut chain = Chain::new(self.options, &recipe, &source.info, source.layout)?;
        if chain.is_empty() && recipe.depth == BitDepth::Int32 && source.is_integer() {
            source.keep_exact();
        }
        let mut encoder = self.encode(|| encode::open(&recipe, tags, output))?;
        let decoded = self.pump(&mut source, &mut chain, &mut *encoder)?;
        if decoded == 0 {
            return Err(Error::EmptyAudio);
        }
        let made = self.encode(|| encoder.finish())?;
        self.control.progress(1.0);
        let mut receipt = self.receipt(source, decoded, &recipe, &chain, &made);
        receipt.tags = tags.report.clone();
        Ok(receipt)
    }

    /// Restricts the source to the part that is asked for.
    fn select<R: Read + Seek + Send + Sync>(&self, source: &mut Source<'_, R>) {
        let rate = f64::from(source.info.sample_rate);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "validated to be positive and far below 2^53"
        )]
        let frames = |seconds: f64| (seconds * rate).round() as u64;
        source.select(self.options.trim_start.map_or(0, frames), self.options.trim_end.map(frames));
    }

    /// Moves all audio; returns the frames that came from the source.
    fn pump<R: Read + Seek + Send + Sync>(
        &self,
        source: &mut Source<'_, R>,
        chain: &mut Chain,
        encoder: &mut dyn Encoder,
    ) -> Result<u64, Error> {
        let mut block = Block::new(source.info.channels);
        let mut decoded = 0;
        let mut done = 0.0;
        while source.next(&mut block)? {
            decoded += block.frames() as u64;
            chain.apply(&mut block)?;
            if block.frames() > 0 {
                self.encode(|| encoder.write(&block))?;
            }
            done = source.progress().max(done);
            self.control.progress(done);
        }
        chain.finish(&mut block)?;
        if block.frames() > 0 {
            self.encode(|| encoder.write(&block))?;
        }
        Ok(decoded)
    }

    fn encode<T>(&self, work: impl FnOnce() -> T) -> T {
        self.encoding.set(true);
        let result = work();
        self.encoding.set(false);
        result
    }

    fn receipt<R>(
        &self,
        source: Source<'_, R>,
        decoded: u64,
        recipe: &Recipe,
        chain: &Chain,
        made: &Encoded,
    ) -> Receipt {
        let mut notes: Vec<String> = source.plan.notes.iter().map(ToString::to_string).collect();
        notes.extend(made.notes.iter().map(ToString::to_string));
        let (container, codec, encoder_name) = names(recipe);
        let result = StreamInfo {
            container: container.into(),
            codec: codec.into(),
            sample_rate: recipe.rate,
            channels: recipe.layout.channels(),
            bit_depth: (self.target == Target::Wav).then(|| recipe.depth.bits().into()),
            bitrate: (made.bytes * 8 * u64::from(recipe.rate)).checked_div(made.frames),
            frames: Some(made.frames),
            delay: made.delay,
            padding: made.padding,
        };
        Receipt {
            target: self.target,
            duration_seconds: result.seconds().unwrap_or(0.0),
            source: StreamInfo { frames: Some(decoded), ..source.info },
            result,
            resampled: chain.resampler.is_some(),
            mixed: chain.mixer.is_some(),
            dithered: made.dithered,
            clipped_samples: chain.clipped,
            concealed_packets: source.bad,
            encoder: encoder_name,
            tags: crate::TagReport::default(),
            notes,
        }
    }
}

/// Container, codec and encoder of a result.
fn names(recipe: &Recipe) -> (&'static str, &'static str, String) {
    match recipe.target {
        Target::Wav => {
            let codec = match recipe.depth {
                BitDepth::Int16 => "pcm_s16le",
                BitDepth::Int24 => "pcm_s24le",
                BitDepth::Int32 => "pcm_s32le",
                BitDepth::Float32 => "pcm_f32le",
            };
            ("wav", codec, "soundmill".into())
        }
        Target::Mp3 => ("mp3", "mp3", format!("LAME {}", mp3lame_encoder::mp3lame_version())),
        Target::Aac => ("adts", "aac", "FDK AAC".into()),
        Target::Ogg => ("ogg", "vorbis", "libvorbis (aoTuV, Lancer)".into()),
        Target::Wma => ("asf", "wmav2", "soundmill".into()),
    }
}
