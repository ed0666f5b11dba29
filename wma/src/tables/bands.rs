//! How the spectrum is parted into exponent bands.

/// Upper edges of the critical bands in Hz.
pub(crate) const CRITICAL_FREQUENCIES: [u32; 25] = [
    100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700,
    4400, 5300, 6400, 7700, 9500, 12000, 15500, 24500,
];

/// Widths of the bands of the three shortest blocks (128, 256, 512) in version 2, where they are
/// not computed from the critical bands.
pub(crate) fn short_block_bands(sample_rate: u32, block_len: usize) -> Option<&'static [u8]> {
    let row = match block_len {
        128 => 0,
        256 => 1,
        512 => 2,
        _ => return None,
    };
    match sample_rate {
        44_100.. => Some(BANDS_44100[row]),
        32_000.. => Some(BANDS_32000[row]),
        22_050.. => Some(BANDS_22050[row]),
        _ => None,
    }
}

const BANDS_22050: [&[u8]; 3] = [
    &[4, 8, 4, 8, 8, 12, 20, 24, 24, 16],
    &[4, 8, 8, 4, 12, 12, 16, 24, 16, 20, 24, 32, 40, 36],
    &[4, 4, 4, 8, 4, 4, 8, 8, 8, 8, 8, 12, 12, 16, 16, 24, 24, 32, 44, 48, 60, 84, 72],
];

const BANDS_32000: [&[u8]; 3] = [
    &[4, 4, 8, 4, 4, 12, 16, 24, 20, 28, 4],
    &[4, 8, 4, 4, 8, 8, 16, 20, 12, 20, 20, 28, 40, 56, 8],
    &[8, 4, 8, 8, 12, 16, 20, 24, 40, 32, 32, 44, 56, 80, 112, 16],
];

const BANDS_44100: [&[u8]; 3] = [
    &[4, 4, 4, 4, 4, 8, 8, 8, 12, 16, 20, 36],
    &[4, 8, 4, 8, 8, 4, 8, 8, 12, 12, 12, 24, 28, 40, 76],
    &[4, 8, 8, 4, 12, 12, 8, 8, 24, 16, 20, 24, 32, 40, 60, 80, 152],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_of_a_short_block_fill_it() {
        for rate in [22_050, 32_000, 44_100] {
            for len in [128, 256, 512] {
                let bands = short_block_bands(rate, len).unwrap();
                assert_eq!(bands.iter().map(|&width| usize::from(width)).sum::<usize>(), len);
            }
        }
    }
}
