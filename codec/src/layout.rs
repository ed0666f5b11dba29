//! Which loudspeaker each channel is for.

use symphonia::core::audio::{Channels, Position};

/// Loudspeaker positions as the bits of a WAVE channel mask (`dwChannelMask`); the channels of
/// a block stand in the order of the bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    mask: u32,
}

/// Front left.
pub(crate) const FL: u32 = 1;
/// Front right.
pub(crate) const FR: u32 = 1 << 1;
/// Front centre.
pub(crate) const FC: u32 = 1 << 2;
/// Low-frequency effects.
pub(crate) const LFE: u32 = 1 << 3;
/// Back left.
pub(crate) const BL: u32 = 1 << 4;
/// Back right.
pub(crate) const BR: u32 = 1 << 5;
/// Front left of centre.
pub(crate) const FLC: u32 = 1 << 6;
/// Front right of centre.
pub(crate) const FRC: u32 = 1 << 7;
/// Back centre.
pub(crate) const BC: u32 = 1 << 8;
/// Side left.
pub(crate) const SL: u32 = 1 << 9;
/// Side right.
pub(crate) const SR: u32 = 1 << 10;

/// Where each channel in the order of Vorbis (Vorbis I, 4.3.9), which Opus has too, stands in
/// ours, by the number of channels.
pub(crate) const VORBIS_ORDER: [&[usize]; 9] = [
    &[],
    &[0],
    &[0, 1],
    &[0, 2, 1],
    &[0, 1, 2, 3],
    &[0, 2, 1, 3, 4],
    &[0, 2, 1, 4, 5, 3],
    &[0, 2, 1, 5, 6, 4, 3],
    &[0, 2, 1, 6, 7, 4, 5, 3],
];

impl Layout {
    /// One channel.
    pub(crate) const MONO: Self = Self { mask: FC };
    /// Left, right.
    pub(crate) const STEREO: Self = Self { mask: FL | FR };
    /// Left, right, centre, LFE, left surround, right surround.
    pub(crate) const SURROUND_5_1: Self = Self { mask: FL | FR | FC | LFE | BL | BR };

    /// The layout of `mask` if it names `channels` loudspeakers, else the usual one.
    pub(crate) fn new(mask: u32, channels: usize) -> Self {
        if channels == 1 {
            Self::MONO
        } else if mask.count_ones() as usize == channels {
            Self { mask }
        } else {
            Self::usual(channels)
        }
    }

    /// What `channels` unlabelled channels usually are.
    pub(crate) fn usual(channels: usize) -> Self {
        let mask = match channels {
            0 | 1 => FC,
            2 => FL | FR,
            3 => FL | FR | FC,
            4 => FL | FR | BL | BR,
            5 => FL | FR | FC | BL | BR,
            6 => FL | FR | FC | LFE | BL | BR,
            7 => FL | FR | FC | LFE | BC | SL | SR,
            8 => FL | FR | FC | LFE | BL | BR | SL | SR,
            n => (1_u32 << n.min(31)) - 1,
        };
        Self { mask }
    }

    /// The layout of decoded audio.
    pub(crate) fn of(channels: &Channels) -> Self {
        let mask = match channels {
            Channels::Positioned(positions) => positions.bits(),
            _ => 0,
        };
        Self::new(u32::try_from(mask).unwrap_or(0), channels.count())
    }

    /// The same for a decoder that must be told.
    pub(crate) fn to_channels(self) -> Channels {
        let bits = Position::from_bits_truncate(self.mask.into());
        Channels::Positioned(bits)
    }

    /// The WAVE channel mask.
    pub(crate) fn mask(self) -> u32 {
        self.mask
    }

    /// The number of channels.
    pub(crate) fn channels(self) -> usize {
        self.mask.count_ones() as usize
    }

    /// The positions in the order of the channels, one bit each.
    pub(crate) fn speakers(self) -> impl Iterator<Item = u32> {
        (0..32).map(|bit| 1 << bit).filter(move |speaker| self.mask & speaker != 0)
    }

    /// The same with side loudspeakers taken for back ones where there are no back ones, for
    /// codecs that know one pair of surround channels.
    pub(crate) fn with_back_surrounds(self) -> Self {
        if self.mask & (BL | BR) == 0 && self.mask & (SL | SR) == SL | SR {
            Self { mask: self.mask & !(SL | SR) | BL | BR }
        } else {
            self
        }
    }
}
