//! One encoder instance, from configuration to the last frame.
#![expect(unsafe_code, reason = "the encoder is a C++ library; each block states why it is sound")]

use std::ffi::c_void;
use std::ptr::NonNull;

use fdk_aac_sys as sys;

use crate::Error;

/// The audio object type (ISO/IEC 14496-3, table 1.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// AAC-LC, object type 2.
    LowComplexity,
    /// HE-AAC: spectral band replication, object type 5.
    HighEfficiency,
    /// HE-AAC v2: with parametric stereo, object type 29.
    HighEfficiencyV2,
}

/// How access units are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Audio Data Transport Stream: a header before each access unit.
    Adts,
    /// Access units alone, for MP4.
    Raw,
    /// LATM in a Low Overhead Audio Stream, as broadcasts carry it.
    Loas,
}

/// What to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Sample rate of the input in Hz.
    pub sample_rate: u32,
    /// Channels, 1 to 6, in WAVE order (L R, L R C, L R C Cs, L R C Ls Rs, L R C LFE Ls Rs).
    pub channels: u16,
    /// Bit rate in bits/s, all channels together.
    pub bitrate: u32,
    /// The audio object type.
    pub profile: Profile,
    /// The framing.
    pub transport: Transport,
}

/// An AAC encoder that takes interleaved 16-bit samples.
pub struct Encoder {
    handle: NonNull<sys::AACENCODER>,
    info: sys::AACENC_InfoStruct,
    scratch: Vec<u8>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("frame_len", &self.frame_len()).finish_non_exhaustive()
    }
}

// SAFETY: an instance owns its memory, keeps nothing per thread, and is reached by `&mut` alone.
unsafe impl Send for Encoder {}

impl Encoder {
    /// Opens an encoder.
    ///
    /// # Errors
    /// The library's code if it can't encode such a stream.
    pub fn new(config: &Config) -> Result<Self, Error> {
        // The library dereferences null when it is initialised with no channels.
        if !(1..=6).contains(&config.channels) || !(4_000..=2_000_000).contains(&config.bitrate) {
            return Err(Error {
                call: "configuration",
                code: sys::AACENC_ERROR_AACENC_INVALID_CONFIG,
            });
        }
        let mut handle: sys::HANDLE_AACENCODER = std::ptr::null_mut();
        // SAFETY: `handle` is a valid place for the pointer that the call writes.
        let code = unsafe { sys::aacEncOpen(&raw mut handle, 0, u32::from(config.channels)) };
        check("aacEncOpen", code)?;
        let handle = NonNull::new(handle).ok_or(Error { call: "aacEncOpen", code: 0x20 })?;
        // SAFETY: all fields are integers and arrays of integers, for which zero is valid.
        let info: sys::AACENC_InfoStruct = unsafe { std::mem::zeroed() };
        let mut encoder = Self { handle, info, scratch: Vec::new() };
        encoder.configure(config)?;
        Ok(encoder)
    }

    fn configure(&mut self, config: &Config) -> Result<(), Error> {
        let object_type = match config.profile {
            Profile::LowComplexity => 2,
            Profile::HighEfficiency => 5,
            Profile::HighEfficiencyV2 => 29,
        };
        let transport = match config.transport {
            Transport::Raw => 0,
            Transport::Adts => 2,
            Transport::Loas => 10,
        };
        self.set(sys::AACENC_PARAM_AACENC_AOT, object_type)?;
        self.set(sys::AACENC_PARAM_AACENC_SAMPLERATE, config.sample_rate)?;
        // The library's channel modes 1 to 6 count their channels (CHANNEL_MODE in FDK_audio.h).
        self.set(sys::AACENC_PARAM_AACENC_CHANNELMODE, u32::from(config.channels))?;
        self.set(sys::AACENC_PARAM_AACENC_CHANNELORDER, 1)?;
        self.set(sys::AACENC_PARAM_AACENC_BITRATE, config.bitrate)?;
        self.set(sys::AACENC_PARAM_AACENC_TRANSMUX, transport)?;
        self.set(sys::AACENC_PARAM_AACENC_AFTERBURNER, 1)?;
        self.initialise()
    }

    fn set(&mut self, parameter: sys::AACENC_PARAM, value: u32) -> Result<(), Error> {
        // SAFETY: the handle is open until drop.
        let code = unsafe { sys::aacEncoder_SetParam(self.handle.as_ptr(), parameter, value) };
        check("aacEncoder_SetParam", code)
    }

    fn initialise(&mut self) -> Result<(), Error> {
        let none = std::ptr::null();
        // SAFETY: the handle is open; four null pointers ask for initialisation alone
        // (aacenc_lib.h, aacEncEncode).
        let code = unsafe {
            sys::aacEncEncode(
                self.handle.as_ptr(),
                none,
                none,
                std::ptr::null(),
                std::ptr::null_mut(),
            )
        };
        check("aacEncEncode (initialise)", code)?;
        // SAFETY: the handle is open, and `info` is a place for the struct that the call writes.
        let code = unsafe { sys::aacEncInfo(self.handle.as_ptr(), &raw mut self.info) };
        check("aacEncInfo", code)?;
        self.scratch = vec![0; self.info.maxOutBufBytes as usize];
        Ok(())
    }

    /// Frames (samples per channel) that make one access unit.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        self.info.frameLength as usize
    }

    /// Frames that a decoder gives out before the first frame of the input.
    #[must_use]
    pub fn delay(&self) -> usize {
        self.info.nDelay as usize
    }

    /// The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1) that a container states.
    #[must_use]
    pub fn config(&self) -> &[u8] {
        let length = (self.info.confSize as usize).min(self.info.confBuf.len());
        &self.info.confBuf[..length]
    }

    /// Takes samples (interleaved, whole frames) and gives the number of samples taken and an
    /// access unit, which is empty as long as more input is needed. Call again with the rest.
    ///
    /// # Errors
    /// The library's code if it fails.
    pub fn encode(&mut self, interleaved: &[i16]) -> Result<(usize, &[u8]), Error> {
        let count = interleaved.len().min(i32::MAX as usize);
        self.call(&interleaved[..count])
    }

    /// After the last input: gives one access unit more, or `None` when all are out.
    ///
    /// # Errors
    /// The library's code if it fails.
    pub fn flush(&mut self) -> Result<Option<&[u8]>, Error> {
        match self.call(&[]) {
            Ok((_, unit)) => Ok(Some(unit)),
            Err(Error { code: sys::AACENC_ERROR_AACENC_ENCODE_EOF, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One call of the library; no input asks it to flush.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "lengths are below 2^31 by construction, and what the library returns is not negative"
    )]
    fn call(&mut self, input: &[i16]) -> Result<(usize, &[u8]), Error> {
        let mut in_ptr: *mut c_void = input.as_ptr().cast_mut().cast();
        let mut in_id = sys::AACENC_BufferIdentifier_IN_AUDIO_DATA as i32;
        let mut in_size = size_of_val(input) as i32;
        let mut in_element = 2;
        let in_desc = descriptor(&mut in_ptr, &mut in_id, &mut in_size, &mut in_element);

        let mut out_ptr: *mut c_void = self.scratch.as_mut_ptr().cast();
        let mut out_id = sys::AACENC_BufferIdentifier_OUT_BITSTREAM_DATA as i32;
        let mut out_size = self.scratch.len() as i32;
        let mut out_element = 1;
        let out_desc = descriptor(&mut out_ptr, &mut out_id, &mut out_size, &mut out_element);

        let samples = if input.is_empty() { -1 } else { input.len() as i32 };
        let in_args = sys::AACENC_InArgs { numInSamples: samples, numAncBytes: 0 };
        let mut out_args =
            sys::AACENC_OutArgs { numOutBytes: 0, numInSamples: 0, numAncBytes: 0, bitResState: 0 };
        // SAFETY: the handle is open. Both descriptors name one buffer each, with its true size
        // in bytes; all they point to outlives the call. The library only reads the input
        // (it copies into a buffer of its own) and writes at most `out_size` bytes.
        let code = unsafe {
            sys::aacEncEncode(
                self.handle.as_ptr(),
                &raw const in_desc,
                &raw const out_desc,
                &raw const in_args,
                &raw mut out_args,
            )
        };
        check("aacEncEncode", code)?;
        let written = (out_args.numOutBytes.max(0) as usize).min(self.scratch.len());
        let taken = (out_args.numInSamples.max(0) as usize).min(input.len());
        Ok((taken, &self.scratch[..written]))
    }
}

/// A list of one buffer.
fn descriptor(
    buffer: &mut *mut c_void,
    identifier: &mut i32,
    size: &mut i32,
    element: &mut i32,
) -> sys::AACENC_BufDesc {
    sys::AACENC_BufDesc {
        numBufs: 1,
        bufs: buffer,
        bufferIdentifiers: identifier,
        bufSizes: size,
        bufElSizes: element,
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let mut handle = self.handle.as_ptr();
        // SAFETY: the handle is open and is not used again.
        unsafe { sys::aacEncClose(&raw mut handle) };
    }
}

fn check(call: &'static str, code: sys::AACENC_ERROR) -> Result<(), Error> {
    if code == sys::AACENC_ERROR_AACENC_OK { Ok(()) } else { Err(Error { call, code }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: Config = Config {
        sample_rate: 44_100,
        channels: 2,
        bitrate: 128_000,
        profile: Profile::LowComplexity,
        transport: Transport::Adts,
    };

    fn encode_all(encoder: &mut Encoder, mut samples: &[i16]) -> Vec<Vec<u8>> {
        let mut units = Vec::new();
        while !samples.is_empty() {
            let (taken, unit) = encoder.encode(samples).unwrap();
            if !unit.is_empty() {
                units.push(unit.to_vec());
            }
            samples = &samples[taken..];
        }
        while let Some(unit) = encoder.flush().unwrap() {
            if !unit.is_empty() {
                units.push(unit.to_vec());
            }
        }
        units
    }

    #[test]
    fn every_unit_starts_with_an_adts_sync_word() {
        let mut encoder = Encoder::new(&STEREO).unwrap();
        let units = encode_all(&mut encoder, &vec![0; 2 * 10_000]);
        assert!(units.len() >= 10_000 / 1024);
        assert!(units.iter().all(|unit| unit[0] == 0xff && unit[1] & 0xf6 == 0xf0));
    }

    #[test]
    fn an_impossible_stream_is_refused() {
        let config = Config { sample_rate: 12_345, ..STEREO };
        assert!(Encoder::new(&config).is_err());
        assert!(Encoder::new(&Config { channels: 9, ..STEREO }).is_err());
        assert!(Encoder::new(&Config { channels: 0, ..STEREO }).is_err());
    }

    #[test]
    fn the_same_samples_give_the_same_bytes() {
        let samples: Vec<i16> = (0..20_000u32).map(|i| (i * i % 20_011) as i16).collect();
        let first = encode_all(&mut Encoder::new(&STEREO).unwrap(), &samples);
        assert_eq!(first, encode_all(&mut Encoder::new(&STEREO).unwrap(), &samples));
    }

    #[test]
    fn a_buffer_of_any_size_is_taken_whole() {
        for chunk in [2, 1000, 2048, 65_536] {
            let samples = vec![100; 8192];
            let mut encoder = Encoder::new(&STEREO).unwrap();
            let mut taken = 0;
            for mut part in samples.chunks(chunk) {
                while !part.is_empty() {
                    let (n, _) = encoder.encode(part).unwrap();
                    taken += n;
                    part = &part[n..];
                }
            }
            assert_eq!(taken, samples.len());
        }
    }
}
