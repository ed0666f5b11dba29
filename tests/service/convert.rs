//! `soundmill convert` on real files: trees, options, receipts, exit statuses.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{Home, eventually};
use crate::sound;

const CONVERTED: i32 = 0;
const FAILED: i32 = 1;
const USAGE: i32 = 2;
const INTERRUPTED: i32 = 130;

/// A folder beside the program's data.
fn folder(home: &Home) -> PathBuf {
    home.data().parent().unwrap().to_owned()
}

fn write(home: &Home, name: &str, bytes: &[u8]) {
    let path = folder(home).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn read(home: &Home, name: &str) -> Vec<u8> {
    std::fs::read(folder(home).join(name)).unwrap()
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    let arguments: Vec<_> = ["convert"].iter().chain(arguments).copied().collect();
    home.run(&arguments, &[])
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Names of the files below a folder, relative to it.
fn tree(root: &Path) -> Vec<String> {
    fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, names);
            } else {
                names.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut names = Vec::new();
    collect(root, root, &mut names);
    names.sort();
    names
}

#[test]
fn a_file_becomes_what_its_new_extension_says() {
    let home = Home::new();
    let samples = sound::signal(30_000);
    write(&home, "song.wav", &sound::wav(&samples));
    let output = run(&home, &["song.wav", "song.ogg"]);
    assert_eq!(output.status.code(), Some(CONVERTED), "{output:?}");
    let made = read(&home, "song.ogg");
    assert_eq!(sound::codec(&made), "vorbis");
    assert_eq!(sound::decoded(&made).len(), samples.len());
    assert!(!home.data().exists(), "the service's folder is of no concern here");
}

#[test]
fn a_folder_is_converted_with_its_tree_and_what_is_no_audio_is_left_out() {
    let home = Home::new();
    let wav = sound::wav(&sound::signal(5000));
    write(&home, "music/a/one.wav", &wav);
    write(&home, "music/a/one.mp3", &sound::mp3(&sound::signal(5000)));
    write(&home, "music/b/c/two.wav", &wav);
    write(&home, "music/b/notes.txt", b"bread, milk");
    for attempt in ["first", "second, whose own results are in the way"] {
        let output = run(&home, &["music", "music/made", "--to", "mp3", "--overwrite", "--json"]);
        assert_eq!(output.status.code(), Some(CONVERTED), "{attempt}: {output:?}");
        let made = tree(&folder(&home).join("music/made"));
        assert_eq!(made, ["a/one.mp3.mp3", "a/one.wav.mp3", "b/c/two.mp3"], "{attempt}");
        let mut states: Vec<_> =
            lines(&output).iter().map(|line| line["status"].as_str().unwrap().to_owned()).collect();
        states.sort();
        assert_eq!(states, ["converted", "converted", "converted", "skipped"], "{attempt}");
    }
}

#[test]
fn a_receipt_tells_what_was_made_as_asked_for() {
    let home = Home::new();
    write(&home, "song.wav", &sound::wav(&sound::signal(44_100)));
    let options = ["--sample-rate", "22050", "--channels", "1", "--trim-start", "0.5"];
    let more = ["--bit-depth", "24", "--gain", "-3", "--json"];
    let arguments: Vec<_> =
        ["song.wav", "out.wav"].iter().chain(&options).chain(&more).copied().collect();
    let output = run(&home, &arguments);
    assert_eq!(output.status.code(), Some(CONVERTED), "{output:?}");
    let line = &lines(&output)[0];
    let result = &line["receipt"]["result"];
    assert_eq!(result["sampleRate"], 22_050);
    assert_eq!(result["channels"], 1);
    assert_eq!(result["bitDepth"], 24);
    assert_eq!(result["frames"], 11_025);
    assert_eq!(line["output"], "out.wav");
}

#[test]
fn the_result_is_the_same_on_one_thread_and_on_many() {
    let home = Home::new();
    for name in ["a", "b", "c", "d"] {
        write(&home, &format!("in/{name}.wav"), &sound::wav(&sound::signal(20_000)));
    }
    for (jobs, folder) in [("1", "one"), ("4", "many")] {
        let output = run(&home, &["in", folder, "--to", "mp3", "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(CONVERTED), "{output:?}");
    }
    for name in ["a", "b", "c", "d"] {
        let of = |folder| read(&home, &format!("{folder}/{name}.mp3"));
        assert!(of("one") == of("many"), "{name}");
        assert!(of("one") == read(&home, "one/a.mp3"), "{name}");
    }
}

#[test]
fn a_file_that_can_not_be_converted_is_told_of_and_leaves_nothing() {
    let home = Home::new();
    let wav = sound::wav(&sound::signal(50_000));
    write(&home, "in/cut.wav", &wav[..wav.len() / 2]);
    write(&home, "in/good.wav", &wav);
    let output = run(&home, &["in", "out", "--to", "ogg", "--json"]);
    assert_eq!(output.status.code(), Some(FAILED));
    let lines = lines(&output);
    let failed = lines.iter().find(|line| line["status"] == "failed").unwrap();
    assert_eq!(failed["error"]["code"], "truncated");
    assert!(failed["error"]["message"].as_str().unwrap().contains("cut off"));
    assert_eq!(tree(&folder(&home).join("out")), ["good.ogg"]);
}

#[test]
fn a_file_that_exists_is_replaced_only_when_told_to() {
    let home = Home::new();
    write(&home, "song.wav", &sound::wav(&sound::signal(5000)));
    write(&home, "song.mp3", b"precious");
    let output = run(&home, &["song.wav", "song.mp3"]);
    assert_eq!(output.status.code(), Some(FAILED));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--overwrite"));
    assert_eq!(read(&home, "song.mp3"), b"precious");
    let output = run(&home, &["song.wav", "song.mp3", "--overwrite"]);
    assert_eq!(output.status.code(), Some(CONVERTED));
    assert_eq!(sound::codec(&read(&home, "song.mp3")), "mp3");
}

#[test]
fn a_signal_stops_it_and_nothing_half_done_stays() {
    let home = Home::new();
    write(&home, "long.wav", &sound::wav(&sound::signal(44_100 * 600)));
    let mut command = home.command();
    command.args(["convert", "long.wav", "out/long.mp3"]).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let out = folder(&home).join("out");
    eventually("the result is begun", || {
        let begun = out.exists() && !tree(&out).is_empty();
        assert!(child.try_wait().unwrap().is_none() || begun, "it ended too soon");
        begun.then_some(())
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = eventually("it ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(INTERRUPTED));
    assert!(tree(&out).is_empty());
}

#[test]
fn what_can_not_be_meant_is_explained() {
    let home = Home::new();
    write(&home, "song.wav", &sound::wav(&sound::signal(5000)));
    let cases: [(&[&str], i32, &str); 5] = [
        (&["nothing.wav", "a.mp3"], FAILED, "nothing.wav"),
        (&["song.wav", "song.xyz"], FAILED, "--to"),
        (&["song.wav", "song.mp3", "--to", "tune"], USAGE, "wav, mp3, aac, ogg"),
        (&["song.wav", "song.mp3", "--bit-depth", "16"], FAILED, "bitDepth"),
        (&["song.wav", "song.mp3", "--bitrate", "fast"], USAGE, "192k"),
    ];
    for (arguments, status, words) in cases {
        let output = run(&home, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
