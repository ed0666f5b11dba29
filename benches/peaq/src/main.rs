//! Prints how far a coded sound is from its original: the objective difference grade of PEAQ, 0 for
//! no audible difference to -4 for a very annoying one.
//!
//!     peaq CHANNELS ORIGINAL CODED
//!
//! The files are raw 32-bit floats (little-endian, interleaved) at 48 kHz, as `ffmpeg -f f32le -ar
//! 48000` makes them, and begin at the same sample. This is an implementation of our own of the basic
//! version of ITU-R BS.1387-1, after that and P. Kabal, "An Examination and Interpretation of
//! ITU-R BS.1387" (2002). It was not certified against the recommendation's test items, so its grades
//! compare encoders with each other and are not to be quoted beside others' grades.

mod ear;
mod grade;
mod model;
mod movs;

use std::process::ExitCode;

use movs::Measurement;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [channels, original, coded] => match compare(channels, original, coded) {
            Ok(report) => {
                println!("{report}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: peaq CHANNELS ORIGINAL CODED");
            ExitCode::FAILURE
        }
    }
}

fn compare(channels: &str, original: &str, coded: &str) -> Result<String, String> {
    let channels: usize = channels.parse().map_err(|_| "CHANNELS is 1 or 2".to_string())?;
    if !(1..=2).contains(&channels) {
        return Err("CHANNELS is 1 or 2".into());
    }
    let (original, coded) = (read(original, channels)?, read(coded, channels)?);
    let mut measurement = Measurement::new(channels);
    measurement.run(&original, &coded);
    let variables = measurement.variables();
    let grade = grade::objective_difference_grade(&variables);
    let variables: Vec<String> = variables.iter().map(|value| format!("{value:.4}")).collect();
    Ok(format!("{grade:.3}\t{}", variables.join(" ")))
}

/// The channels of a file, in the scale of 16-bit samples.
fn read(path: &str, channels: usize) -> Result<Vec<Vec<f64>>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let mut planes = vec![Vec::new(); channels];
    for frame in bytes.chunks_exact(4 * channels) {
        for (plane, sample) in planes.iter_mut().zip(frame.chunks_exact(4)) {
            let sample = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
            plane.push(f64::from(sample) * 32_768.0);
        }
    }
    Ok(planes)
}
