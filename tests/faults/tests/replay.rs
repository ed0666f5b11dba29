//! What the harness does can be told beforehand, and told again.

use std::process::Command;

fn plan(seed: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["plan", "--minutes", "10", "--seed", seed])
        .output()
        .unwrap_or_else(|error| panic!("the harness can't be run: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_same_seed_gives_the_same_faults_at_the_same_times() {
    let first = plan("7");
    assert!(first.lines().count() > 200, "{first}");
    assert_eq!(first, plan("7"));
    assert_ne!(first, plan("8"));
}
