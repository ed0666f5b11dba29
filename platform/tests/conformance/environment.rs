//! The configuration and `.env.example`, which must tell the same story.

use std::collections::BTreeMap;

use clap::{Args, Command, FromArgMatches};
use platform::config::Config;

const EXAMPLE: &str = include_str!("../../../.env.example");

/// Variables and their defaults, where they have one.
type Variables = BTreeMap<String, Option<String>>;

fn of_the_program() -> Variables {
    let command = Config::augment_args(Command::new("soundmill"));
    let arguments = command.get_arguments().filter(|argument| argument.get_id() != "help");
    arguments
        .map(|argument| {
            let name = argument.get_env().unwrap_or_else(|| panic!("{argument} has no variable"));
            let default = argument.get_default_values().first();
            let text = |text: &std::ffi::OsStr| text.to_str().unwrap().to_owned();
            (text(name), default.map(|value| text(value)))
        })
        .collect()
}

fn of_the_example() -> Variables {
    let set = dotenvy::from_read_iter(EXAMPLE.as_bytes())
        .map(|entry| entry.map(|(name, value)| (name, Some(value))).unwrap());
    let unset = EXAMPLE.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix('#')?.split_once('=')?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_name.then(|| (name.to_owned(), None))
    });
    set.chain(unset).collect()
}

#[test]
fn the_example_lists_exactly_the_variables_of_the_program_with_their_defaults() {
    assert_eq!(of_the_example(), of_the_program());
}

#[test]
fn each_variable_of_the_example_is_explained_on_the_line_above_it() {
    let mut above = "";
    for line in EXAMPLE.lines() {
        if line.trim_start_matches('#').starts_with(|first: char| first.is_ascii_uppercase()) {
            assert!(above.starts_with("# ") && above.ends_with('.'), "{line}");
        }
        above = line;
    }
}

#[test]
fn the_program_starts_with_the_example() {
    let values = of_the_example().into_iter().filter_map(|(name, value)| Some((name, value?)));
    let options = values
        .flat_map(|(name, value)| [format!("--{}", name.to_lowercase().replace('_', "-")), value]);
    let command = Config::augment_args(Command::new("soundmill"));
    let matches =
        command.try_get_matches_from(std::iter::once("soundmill".into()).chain(options)).unwrap();
    let config = Config::from_arg_matches(&matches).unwrap();
    assert_eq!(config.database_url(), "sqlite:./data/soundmill.db");
    assert_eq!(config.bucket_url(), "file:./data/bucket");
    assert_eq!(config.mail_url(), "file:./data/mail");
}
