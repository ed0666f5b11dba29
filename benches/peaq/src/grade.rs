//! From the output variables of the model to a grade: a small neural network (BS.1387-1, 6).

use crate::movs::VARIABLES;

/// The least and the greatest value that each variable was trained with.
const RANGES: [(f64, f64); VARIABLES] = [
    (393.916_656, 921.0),
    (361.965_332, 881.131_226),
    (-24.045_116, 16.212_030),
    (1.110_661, 107.137_772),
    (-0.206_623, 2.886_017),
    (0.074_318, 13.933_351),
    (1.113_683, 63.257_874),
    (0.950_345, 1145.018_555),
    (0.029_985, 14.819_740),
    (0.000_101, 1.0),
    (0.0, 1.0),
];
/// Weights from the variables to the hidden nodes, and the nodes' biases.
const HIDDEN: [[f64; 3]; VARIABLES] = [
    [-0.502_657, 0.436_333, 1.219_602],
    [4.307_481, 3.246_017, 1.123_743],
    [4.984_241, -2.211_189, -0.192_096],
    [0.051_056, -1.762_424, 4.331_315],
    [2.321_580, 1.789_971, -0.754_560],
    [-5.303_901, -3.452_257, -10.814_982],
    [2.730_991, -6.111_805, 1.519_223],
    [0.624_950, -1.331_523, -5.955_151],
    [3.102_889, 0.871_260, -5.922_878],
    [-1.051_468, -0.939_882, -0.142_913],
    [-1.804_679, -0.503_610, -0.620_456],
];
const HIDDEN_BIAS: [f64; 3] = [-2.518_254, 0.654_841, -2.207_228];
/// Weights from the hidden nodes to the distortion index, and its bias.
const OUTPUT: [f64; 3] = [-3.817_048, 4.107_138, 4.629_582];
const OUTPUT_BIAS: f64 = -0.307_594;
/// The grades' range.
const LEAST: f64 = -3.98;
const MOST: f64 = 0.22;

/// The objective difference grade for the eleven variables.
pub(crate) fn objective_difference_grade(variables: &[f64; VARIABLES]) -> f64 {
    let mut sums = HIDDEN_BIAS;
    for ((value, (low, high)), weights) in variables.iter().zip(RANGES).zip(HIDDEN) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight * (value - low) / (high - low);
        }
    }
    let index: f64 =
        OUTPUT_BIAS + sums.iter().zip(OUTPUT).map(|(sum, weight)| weight * sigmoid(*sum)).sum::<f64>();
    LEAST + (MOST - LEAST) * sigmoid(index)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
