//! The program: reads its configuration and runs the roles asked for.

mod banner;
mod check;
mod cli;
mod roles;
mod signals;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Before any thread is started, since it sets environment variables.
    let dotenv = dotenvy::dotenv();
    let cli = cli::Cli::parse();
    match cli::ignorable(dotenv).and_then(|()| roles::run(&cli)) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("soundmill: {error}");
            ExitCode::FAILURE
        }
    }
}
