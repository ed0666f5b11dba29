//! Changing the sample rate, exact in length and free of delay.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::Error;
use crate::block::Block;

/// A stretch that the filter works on, in frames of the slower rate; longer is steeper.
const STRETCH: usize = 1024;

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A band-limited converter between two sample rates.
#[derive(Debug)]
pub(crate) struct Resampler {
    fft: Fft<f64>,
    from: u64,
    to: u64,
    /// Input that waits until there is enough for a step of the filter.
    waiting: Vec<Vec<f64>>,
    output: Vec<Vec<f64>>,
    /// Frames of output still to be dropped: the filter's delay.
    drop: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A converter of `channels` channels between rates in Hz.
    pub(crate) fn new(from: u32, to: u32, channels: usize) -> Result<Self, Error> {
        let (input, output) = (from as usize, to as usize);
        let unit = input / gcd(input, output);
        let stretch = STRETCH * input.max(output) / output;
        // An even number of units keeps the filter's delay a whole number of frames on both sides.
        let stretch = stretch.div_ceil(2 * unit) * 2 * unit;
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(input, output, stretch, 1, channels, window, FixedSync::Both)
            .map_err(|error| Error::EncoderFailed(format!("resampler: {error}")))?;
        Ok(Self {
            waiting: vec![Vec::new(); channels],
            output: vec![vec![0.0; fft.output_frames_max()]; channels],
            drop: fft.output_delay(),
            fft,
            from: from.into(),
            to: to.into(),
            taken: 0,
            given: 0,
        })
    }

    /// How many frames come out for `frames` frames put in: the nearest number, at least one.
    pub(crate) fn length(frames: u64, from: u32, to: u32) -> u64 {
        let (from, to) = (u128::from(from), u128::from(to));
        let exact = (u128::from(frames) * to + from / 2) / from;
        u64::try_from(exact).unwrap_or(u64::MAX).max(u64::from(frames > 0))
    }

    /// Replaces `block` by what comes out for it, which may be nothing yet.
    pub(crate) fn apply(&mut self, block: &mut Block) -> Result<(), Error> {
        self.taken += block.frames() as u64;
        for (waiting, plane) in self.waiting.iter_mut().zip(&block.planes) {
            waiting.extend(plane.iter().map(|&sample| f64::from(sample)));
        }
        block.clear();
        self.drain(block, u64::MAX)
    }

    /// After the last input: puts into `block` what is still inside.
    pub(crate) fn finish(&mut self, block: &mut Block) -> Result<(), Error> {
        block.clear();
        let rate = |rate: u64| u32::try_from(rate).unwrap_or(u32::MAX);
        let total = Self::length(self.taken, rate(self.from), rate(self.to));
        let step = self.fft.input_frames_next();
        while self.given < total {
            self.waiting.iter_mut().for_each(|plane| plane.resize(plane.len().max(step), 0.0));
            self.drain(block, total)?;
        }
        Ok(())
    }

    /// Runs the filter as often as the waiting input allows, up to `total` frames of output.
    fn drain(&mut self, block: &mut Block, total: u64) -> Result<(), Error> {
        let channels = self.waiting.len();
        let mut used = 0;
        let length = self.waiting.first().map_or(0, Vec::len);
        let step = self.fft.input_frames_next();
        while length - used >= step {
            let failed =
                |what: &dyn std::fmt::Display| Error::EncoderFailed(format!("resampler: {what}"));
            let room = self.output.first().map_or(0, Vec::len);
            let indexing = rubato::Indexing::new().input_offset(used);
            let input = SequentialSliceOfVecs::new(&self.waiting[..], channels, length)
                .map_err(|e| failed(&e))?;
            let mut output = SequentialSliceOfVecs::new_mut(&mut self.output[..], channels, room)
                .map_err(|e| failed(&e))?;
            let (read, written) = self
                .fft
                .process_into_buffer(&input, &mut output, Some(&indexing))
                .map_err(|e| failed(&e))?;
            used += read;
            self.give(block, written, total);
        }
        self.waiting.iter_mut().for_each(|plane| drop(plane.drain(..used)));
        Ok(())
    }

    /// Appends `written` frames of the output to `block`, less the delay, up to `total` in all.
    fn give(&mut self, block: &mut Block, written: usize, total: u64) {
        let start = self.drop.min(written);
        self.drop -= start;
        let left = usize::try_from(total - self.given.min(total)).unwrap_or(usize::MAX);
        let end = written.min(start.saturating_add(left));
        for (plane, output) in block.planes.iter_mut().zip(&self.output) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "rounding to f32 is what is meant"
            )]
            plane.extend(output[start..end].iter().map(|&sample| sample as f32));
        }
        self.given += (end - start) as u64;
    }
}
