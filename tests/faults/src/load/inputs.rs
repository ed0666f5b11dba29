//! The files that are uploaded, and what each must become.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::io::Cursor;
use std::sync::Arc;

use codec::{Limits, Options, Target, Unattended};

use crate::Result;

/// Samples per second of the signals.
const RATE: u32 = 22_050;

/// What a conversion must give: these bytes, or a failure with this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Bytes(Arc<Vec<u8>>),
    Failure(&'static str),
}

/// A file to upload.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// How often it is drawn.
    pub(crate) weight: u32,
}

/// All files, and by name of file and format what they become.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) files: Vec<Input>,
    expected: HashMap<(&'static str, &'static str), Expected>,
}

/// The formats that are asked for.
pub(crate) const FORMATS: [&str; 4] = ["mp3", "aac", "ogg", "wav"];
/// A file whose conversion takes a while.
pub(crate) const LONG: &str = "long.ogg";
/// A file whose conversion takes longer than a stopping converter has time for.
pub(crate) const SLOW: &str = "slow.ogg";
/// A file that workers are killed over.
pub(crate) const POISON: &str = "poison.ogg";

impl Inputs {
    /// Makes the files, and converts each with the engine alone.
    pub(crate) fn make() -> Result<Self> {
        let tone = wav(&signal(6_000));
        let chord = wav(&signal(14_321));
        let silence = |seconds: usize| wav(&vec![0; seconds * RATE as usize * 4]);
        let half = tone[..tone.len() / 2].to_vec();
        let slow = converted(&silence(600), Target::Ogg)?;
        let files = vec![
            input("tone.wav", tone.clone(), 10),
            input("chord.wav", chord.clone(), 6),
            input("tone.mp3", converted(&tone, Target::Mp3)?, 6),
            input("tone.aac", converted(&tone, Target::Aac)?, 6),
            input("chord.ogg", converted(&chord, Target::Ogg)?, 6),
            input("letter.wav", b"Dear Sir or Madam, ".repeat(300), 2),
            input("half.wav", half, 2),
            input(LONG, converted(&silence(90), Target::Ogg)?, 2),
            // People draw neither of these.
            input(SLOW, slow.clone(), 0),
            input(POISON, slow, 0),
        ];
        let mut expected = HashMap::new();
        for file in files.iter().filter(|file| file.name != POISON) {
            // The slow one is asked for in one format only.
            for format in FORMATS.into_iter().filter(|it| file.weight > 0 || *it == "ogg") {
                let result = match convert(&file.bytes, format.parse()?) {
                    Ok(bytes) => Expected::Bytes(Arc::new(bytes)),
                    Err(error) => Expected::Failure(error.code()),
                };
                expected.insert((file.name, format), result);
            }
        }
        Ok(Self { files, expected })
    }

    /// The file of this name.
    ///
    /// # Panics
    /// When there is none; names come from here.
    #[expect(clippy::expect_used, reason = "names come from this list")]
    pub(crate) fn file(&self, name: &str) -> &Input {
        self.files.iter().find(|file| file.name == name).expect("a file of the list")
    }

    /// What the file becomes in this format; `None` for the one that workers are killed over.
    pub(crate) fn expected(&self, file: &str, format: &str) -> Option<&Expected> {
        let known = self.expected.iter().find(|((name, to), _)| *name == file && *to == format);
        known.map(|(_, expected)| expected)
    }
}

fn input(name: &'static str, bytes: Vec<u8>, weight: u32) -> Input {
    Input { name, bytes, weight }
}

fn converted(bytes: &[u8], target: Target) -> Result<Vec<u8>> {
    Ok(convert(bytes, target)?)
}

fn convert(bytes: &[u8], target: Target) -> std::result::Result<Vec<u8>, codec::Error> {
    let mut output = Cursor::new(Vec::new());
    let options = Options { keep_tags: true, keep_art: true, ..Options::default() };
    let input = Cursor::new(bytes);
    codec::convert(input, &mut output, target, &options, &Limits::default(), &Unattended)?;
    Ok(output.into_inner())
}

/// Two channels of `frames` frames of 16 bits, interleaved.
fn signal(frames: usize) -> Vec<u8> {
    let sample = |index: usize| {
        #[expect(clippy::cast_precision_loss, reason = "lengths here are small")]
        let t = (index / 2) as f64 / f64::from(RATE);
        let hertz = if index.is_multiple_of(2) { 440.0 } else { 554.4 };
        #[expect(clippy::cast_possible_truncation, reason = "at most 12,000")]
        let value = ((TAU * hertz * t).sin() * 12_000.0) as i16;
        value
    };
    (0..frames * 2).flat_map(|index| sample(index).to_le_bytes()).collect()
}

/// A 16-bit stereo RIFF/WAVE file.
fn wav(samples: &[u8]) -> Vec<u8> {
    let data = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(44 + samples.len());
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&data.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 4).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&data.to_le_bytes());
    file.extend_from_slice(samples);
    file
}
