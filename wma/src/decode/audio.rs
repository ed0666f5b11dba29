//! Where decoders put their output.

/// Planar audio of as many frames as were decoded. The memory is reused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audio {
    /// `planes[channel][frame]`, full scale at ±1.
    pub planes: Vec<Vec<f32>>,
}

impl Audio {
    /// Room for `channels` channels.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self { planes: vec![Vec::new(); channels] }
    }

    /// The number of frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.planes.first().map_or(0, Vec::len)
    }

    /// Empties all planes and keeps their memory.
    pub fn clear(&mut self) {
        self.planes.iter_mut().for_each(Vec::clear);
    }
}
