//! The demuxers behind one face.

use std::io::{Read, Seek};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::errors::Error as Symphonia;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::{Packet, PacketRef};
use symphonia::core::units::{Duration, Timestamp};

use super::decoder::Coding;
use super::input::Input;
use super::wave::Wave;
use crate::Error;

/// A demuxer of ours, of one track.
pub(crate) trait Demuxer {
    /// Moves to the next packet.
    fn advance(&mut self) -> Result<Next, Error>;

    /// The packet that [`advance`](Self::advance) found.
    fn packet(&mut self) -> Result<PacketRef<'_>, Error>;

    /// How the packets are to be decoded; may have changed after [`Next::Reset`].
    fn coding(&self) -> Coding;
}

/// A demuxer and the packet that it gave last.
pub(crate) enum Reader<'a, R> {
    /// One of ours.
    Own(Box<dyn Demuxer + 'a>),
    /// One of symphonia's.
    Foreign { format: Box<dyn FormatReader + 'a>, track: u32, packet: Option<Packet> },
    /// Ours for WAVE.
    Wave { wave: Wave, input: Input<'a, R>, bytes: Vec<u8>, frames: u64, next: i64 },
}

/// What came of asking for a packet.
pub(crate) enum Next {
    /// There is one.
    Packet,
    /// There is no more.
    End,
    /// The file ends within a packet.
    Cut,
    /// A new stream of the same file begins; decoders start anew.
    Reset,
    /// Something that is no packet was passed over.
    Damage(Error),
}

impl<R: Read + Seek + Send + Sync> Reader<'_, R> {
    /// Moves to the next packet.
    pub(crate) fn advance(&mut self) -> Result<Next, Error> {
        match self {
            Self::Own(demuxer) => demuxer.advance(),
            Self::Wave { wave, input, bytes, frames, next } => {
                *next += i64::try_from(*frames).unwrap_or(0);
                *frames = wave.next(input, bytes)?;
                Ok(if *frames == 0 { Next::End } else { Next::Packet })
            }
            Self::Foreign { format, track, packet } => loop {
                match format.next_packet() {
                    Ok(Some(found)) if found.track_id != *track => {}
                    Ok(found) => {
                        *packet = found;
                        break Ok(if packet.is_some() { Next::Packet } else { Next::End });
                    }
                    Err(Symphonia::ResetRequired) => break Ok(Next::Reset),
                    Err(Symphonia::IoError(error))
                        if error.kind() == std::io::ErrorKind::UnexpectedEof =>
                    {
                        break Ok(Next::Cut);
                    }
                    Err(error) => break Ok(Next::Damage(super::translate(error))),
                }
            },
        }
    }

    /// The packet that [`advance`](Self::advance) found.
    pub(crate) fn packet(&mut self) -> Result<Option<PacketRef<'_>>, Error> {
        Ok(match self {
            Self::Own(demuxer) => Some(demuxer.packet()?),
            Self::Foreign { packet, .. } => packet.as_ref().map(Packet::as_packet_ref),
            Self::Wave { bytes, frames, next, .. } => {
                Some(PacketRef::new(0, Timestamp::new(*next), Duration::new(*frames), bytes))
            }
        })
    }

    /// After [`Next::Reset`]: how the stream that begins is to be decoded.
    pub(crate) fn restart(&mut self) -> Result<Option<Coding>, Error> {
        match self {
            Self::Own(demuxer) => Ok(Some(demuxer.coding())),
            Self::Wave { .. } => Ok(None),
            Self::Foreign { format, track, packet } => {
                let audio = format.tracks().iter().find_map(|track| match &track.codec_params {
                    Some(CodecParameters::Audio(parameters)) => {
                        Some((track.id, parameters.clone()))
                    }
                    _ => None,
                });
                let (id, parameters) =
                    audio.ok_or(Error::corrupt("its audio ends and none follows"))?;
                *track = id;
                *packet = None;
                Ok(Some(Coding::Foreign(Box::new(parameters))))
            }
        }
    }
}
