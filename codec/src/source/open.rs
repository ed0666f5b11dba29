//! Opening a file: which demuxer and decoder, and what the container promises.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, well_known as id};
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadBytes as _};
use symphonia::default::formats::{FlacReader, IsoMp4Reader, MpaReader, OggReader};

use super::adts::Adts;
use super::decode::Source;
use super::decoder::Coding;
use super::input::{Input, Watch};
use super::loas::Loas;
use super::mpeg::{Header, Xing};
use super::ogg::{self, Pages};
use super::opus::{self, OggOpus};
use super::plan::{Ending, Plan};
use super::reader::{Demuxer, Reader};
use super::sniff::Format;
use super::wave::Wave;
use super::window::Window;
use super::{aac, mp4, trailer, translate};
use crate::receipt::StreamInfo;
use crate::{Error, Limits};

/// Opens the audio in `input`, of a format that was found at a position.
pub(crate) fn open<'a, R: Read + Seek + Send + Sync>(
    mut input: Input<'a, R>,
    (format, start): (Format, u64),
    watch: &'a Watch<'a>,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let plan = match format {
        Format::Wave => return wave(input, watch, start, limits),
        Format::Flac => Plan { ending: Ending::Stated, strict: true, ..Plan::of("flac") },
        Format::Ogg => match ogg::codec(&mut input, start)? {
            ogg::Codec::Opus => return opus(input, watch, start, limits),
            ogg::Codec::Vorbis(bitrate) => {
                Plan { bitrate, gapless_decoder: true, ..ogg_plan(&mut input, start)?.0 }
            }
            ogg::Codec::Flac => Plan { gapless_decoder: true, ..ogg_plan(&mut input, start)?.0 },
        },
        Format::Mp4 => mp4_plan(&mut input, start)?,
        Format::Mpeg => mpeg_plan(&mut input, start)?,
        Format::Adts => return adts(input, watch, start, limits),
        Format::Loas => return loas(input, watch, start, limits),
    };
    let length = input.len();
    let mut stream = MediaSourceStream::new(Box::new(input), MediaSourceStreamOptions::default());
    let reader = stream
        .seek(SeekFrom::Start(start))
        .map_err(Into::into)
        .and_then(|_| demuxer(format, stream))
        .map_err(|error| watch.check().err().unwrap_or_else(|| translate(error)))?;
    foreign(reader, watch, plan, length, limits)
}

fn demuxer(
    format: Format,
    mut stream: MediaSourceStream<'_>,
) -> symphonia::core::errors::Result<Box<dyn FormatReader + '_>> {
    let options = FormatOptions::default();
    Ok(match format {
        Format::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Format::Ogg => Box::new(OggReader::try_new(stream, options)?),
        Format::Mp4 => {
            // This demuxer wants to stand on the first marker, which is four bytes in.
            stream.read_quad_bytes()?;
            Box::new(IsoMp4Reader::try_new(stream, options)?)
        }
        Format::Mpeg | Format::Wave | Format::Adts | Format::Loas => {
            Box::new(MpaReader::try_new(stream, options)?)
        }
    })
}

fn wave<'a, R: Read + Seek + Send + Sync>(
    mut input: Input<'a, R>,
    watch: &'a Watch<'a>,
    start: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let wave = Wave::open(&mut input, start, limits)?;
    let plan = Plan {
        frames: Some(wave.frames),
        ending: if wave.stated { Ending::Stated } else { Ending::Open },
        strict: true,
        ..Plan::of("wav")
    };
    let info = StreamInfo {
        container: "wav".into(),
        codec: wave.format.name.into(),
        sample_rate: wave.format.rate,
        channels: wave.format.channels,
        bit_depth: wave.format.bits,
        frames: Some(wave.frames),
        ..StreamInfo::default()
    };
    let coding = Coding::Foreign(Box::new(wave.format.parameters()));
    let float = wave.format.float;
    let length = input.len();
    let reader = Reader::Wave { wave, input, bytes: Vec::new(), frames: 0, next: 0 };
    let mut source = Source::new(reader, coding, watch, plan, info, length, limits)?;
    source.float = float;
    Ok(source)
}

fn adts<'a, R: Read + Seek + Send + Sync>(
    mut input: Input<'a, R>,
    watch: &'a Watch<'a>,
    start: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let end = trailer::audio_end(&mut input)?;
    input.truncate(end);
    let mut adts = Adts::new(Window::new(input), start);
    let (rate, samples) = adts.survey()?;
    let plan = Plan { estimate: Some(samples), timescale: rate.max(1).into(), ..Plan::of("adts") };
    own(Box::new(adts), watch, plan, end - start.min(end), limits)
}

fn loas<'a, R: Read + Seek + Send + Sync>(
    input: Input<'a, R>,
    watch: &'a Watch<'a>,
    start: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let length = input.len() - start.min(input.len());
    let mut loas = Loas::new(Window::new(input), start)?;
    let rate = loas.stream().sample_rate.max(1);
    let plan = Plan { estimate: Some(loas.survey()?), timescale: rate.into(), ..Plan::of("loas") };
    own(Box::new(loas), watch, plan, length, limits)
}

/// A source with a demuxer of ours, all of whose shape is told by what is decoded.
fn own<'a, R: Read + Seek + Send + Sync>(
    demuxer: Box<dyn Demuxer + 'a>,
    watch: &'a Watch<'a>,
    plan: Plan,
    length: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let info = StreamInfo { container: plan.container.into(), ..StreamInfo::default() };
    let coding = demuxer.coding();
    Source::new(Reader::Own(demuxer), coding, watch, plan, info, length, limits)
}

fn foreign<'a, R: Read + Seek + Send + Sync>(
    format: Box<dyn FormatReader + 'a>,
    watch: &'a Watch<'a>,
    mut plan: Plan,
    length: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let (track, parameters) = choose(&*format, plan.track)
        .ok_or(Error::UnsupportedCodec("something we don't know".into()))?;
    let rate = parameters.sample_rate.unwrap_or(0);
    plan.strict |= matches!(parameters.codec, id::CODEC_ID_ALAC | id::CODEC_ID_FLAC);
    if plan.frames.is_none() && plan.container != "mp4" {
        // Only FLAC states this; the others estimate it from the bit rate.
        let stated = track.num_frames.filter(|&frames| frames > 0);
        plan.frames = stated.filter(|_| plan.container == "flac");
        plan.estimate = stated;
    }
    let info = StreamInfo {
        container: plan.container.into(),
        codec: codec_name(&parameters).into(),
        sample_rate: rate,
        channels: parameters.channels.as_ref().map_or(0, symphonia::core::audio::Channels::count),
        bit_depth: parameters.bits_per_sample.or(alac_depth(&parameters)).filter(|_| plan.strict),
        ..StreamInfo::default()
    };
    let coding = match (parameters.codec, &parameters.extra_data) {
        (id::CODEC_ID_AAC, Some(config)) => Coding::Aac(aac::Config::read(config)?),
        _ => Coding::Foreign(Box::new(parameters)),
    };
    let id = track.id;
    let reader = Reader::Foreign { format, track: id, packet: None };
    Source::new(reader, coding, watch, plan, info, length, limits)
}

/// The bit depth in an `ALACSpecificConfig`, its sixth byte.
fn alac_depth(parameters: &AudioCodecParameters) -> Option<u32> {
    let config =
        parameters.extra_data.as_ref().filter(|_| parameters.codec == id::CODEC_ID_ALAC)?;
    config.get(5).map(|&bits| bits.into())
}

/// The track to convert: the one that is asked for, else the first with audio.
fn choose(format: &dyn FormatReader, wanted: Option<u32>) -> Option<(Track, AudioCodecParameters)> {
    let audio = |track: &Track| match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some((track.clone(), parameters.clone())),
        _ => None,
    };
    let mut tracks = format.tracks().iter();
    match wanted {
        Some(id) => tracks.find(|track| track.id == id).and_then(audio),
        None => tracks.find_map(audio),
    }
}

fn codec_name(parameters: &AudioCodecParameters) -> &'static str {
    match parameters.codec {
        id::CODEC_ID_MP1 => "mp1",
        id::CODEC_ID_MP2 => "mp2",
        id::CODEC_ID_MP3 => "mp3",
        id::CODEC_ID_AAC => "aac",
        id::CODEC_ID_ALAC => "alac",
        id::CODEC_ID_FLAC => "flac",
        id::CODEC_ID_VORBIS => "vorbis",
        _ => "unknown",
    }
}

/// A plan for an Ogg file that is whole, and the position that its last page states.
fn ogg_plan<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<(Plan, u64), Error> {
    let mut plan = Plan::of("ogg");
    let end = ogg::end(input, start)?;
    match end {
        ogg::End::Marked(_) => {}
        ogg::End::Unmarked(_) => {
            plan.notes.push("The stream has no end mark; it may have been longer.");
        }
        ogg::End::Cut(missing) => {
            let found = input.len();
            return Err(Error::Truncated { found, promised: found + missing, unit: "bytes" });
        }
    }
    Ok((plan, end.granule()))
}

fn opus<'a, R: Read + Seek + Send + Sync>(
    mut input: Input<'a, R>,
    watch: &'a Watch<'a>,
    start: u64,
    limits: &Limits,
) -> Result<Source<'a, R>, Error> {
    let (plan, end) = ogg_plan(&mut input, start)?;
    let length = input.len() - start.min(input.len());
    let demuxer = OggOpus::new(Pages::new(Window::new(input), start))?;
    let pre_skip = demuxer.head().pre_skip;
    let plan = Plan {
        estimate: end.checked_sub(pre_skip),
        delay: Some(pre_skip),
        timescale: opus::RATE.into(),
        ..plan
    };
    own(Box::new(demuxer), watch, plan, length, limits)
}

fn mp4_plan<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<Plan, Error> {
    let movie = mp4::read(input, start)?;
    if let Some(code) = movie.codec
        && !matches!(&code, b"mp4a" | b"alac" | b"fLaC")
    {
        return Err(Error::UnsupportedCodec(mp4::codec_name(code).into()));
    }
    let (skip, frames) = movie.window.unwrap_or((0, Some(movie.duration).filter(|&d| d > 0)));
    Ok(Plan {
        track: Some(movie.id),
        skip,
        frames,
        timescale: movie.timescale,
        ending: Ending::Stated,
        ..Plan::of("mp4")
    })
}

fn mpeg_plan<R: Read + Seek>(input: &mut Input<'_, R>, start: u64) -> Result<Plan, Error> {
    let end = trailer::audio_end(input)?;
    input.truncate(end);
    let mut bytes = vec![0; 4096];
    let filled = input.read_at(start, &mut bytes)?;
    let mut plan = Plan { reference: Header::parse(&bytes), ..Plan::of("mp3") };
    let (Some(header), Some(xing)) = (plan.reference, Xing::parse(&bytes[..filled])) else {
        return Ok(plan);
    };
    // Files put one after the other still start with the header of the first.
    let joined = xing.bytes.is_some_and(|bytes| end - start > bytes + 16 * 1024);
    let all = xing.frames.filter(|_| !joined).map(|frames| frames.saturating_mul(header.samples));
    let (delay, padding) = xing.gap.unwrap_or((0, 0));
    plan.skip = delay;
    plan.delay_known = xing.gap.is_some();
    plan.frames = all.map(|all| all.saturating_sub(delay + padding));
    plan.ending = if all.is_some() { Ending::Counted(header.samples) } else { Ending::Open };
    Ok(plan)
}
