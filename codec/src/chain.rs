//! The steps between decoder and encoder in their order: mix, gain, resample, clamp.

use crate::block::Block;
use crate::dsp::mix::Mixer;
use crate::dsp::resample::Resampler;
use crate::encode::Recipe;
use crate::layout::Layout;
use crate::receipt::StreamInfo;
use crate::{BitDepth, Error, Options, Target};

/// What happens to samples between the two codecs.
pub(crate) struct Chain {
    pub(crate) mixer: Option<Mixer>,
    pub(crate) resampler: Option<Resampler>,
    gain: Option<f32>,
    clamp: bool,
    pub(crate) clipped: u64,
}

impl Chain {
    pub(crate) fn new(
        options: &Options,
        recipe: &Recipe,
        source: &StreamInfo,
        layout: Layout,
    ) -> Result<Self, Error> {
        let rates = (source.sample_rate, recipe.rate);
        let resampler = (rates.0 != rates.1)
            .then(|| Resampler::new(rates.0, rates.1, recipe.layout.channels()))
            .transpose()?;
        #[expect(clippy::cast_possible_truncation, reason = "a gain needs no more than f32")]
        let gain = options.gain.filter(|&db| db != 0.0).map(|db| 10_f64.powf(db / 20.0) as f32);
        Ok(Self {
            mixer: Mixer::new(layout, recipe.layout),
            resampler,
            gain,
            clamp: recipe.target != Target::Wav || recipe.depth != BitDepth::Float32,
            clipped: 0,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mixer.is_none() && self.resampler.is_none() && self.gain.is_none()
    }

    pub(crate) fn apply(&mut self, block: &mut Block) -> Result<(), Error> {
        if let Some(mixer) = &mut self.mixer {
            mixer.apply(block);
        }
        if let Some(gain) = self.gain {
            block.planes.iter_mut().flatten().for_each(|sample| *sample *= gain);
        }
        if let Some(resampler) = &mut self.resampler {
            resampler.apply(block)?;
        }
        self.bound(block);
        Ok(())
    }

    pub(crate) fn finish(&mut self, block: &mut Block) -> Result<(), Error> {
        match &mut self.resampler {
            Some(resampler) => resampler.finish(block)?,
            None => block.clear(),
        }
        self.bound(block);
        Ok(())
    }

    fn bound(&mut self, block: &mut Block) {
        if self.clamp {
            self.clipped += block.clamp();
        }
    }
}
