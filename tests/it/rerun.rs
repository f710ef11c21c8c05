//! Running again what has a result: the old one stays until there is a new one.

use std::fs;

use crate::{process::none_is_left_in, program::Session};

const OUT_DIR: &str = "out/even-7b56047ac105500e";

/// One run with a result, and all that is in its directory.
fn done() -> Session {
    let session = Session::sample(1);
    assert_eq!(session.start(&["-q"]).stdout, "even 0 0\n");
    session.ran();
    session
}

/// The length of the artifact, which `SAMPLE_FILLER` changes.
fn artifact(session: &Session) -> Option<usize> {
    fs::read(session.path(OUT_DIR).join("artifact.txt"))
        .ok()
        .map(|bytes| bytes.len())
}

#[test]
fn a_good_rerun_replaces_output_and_artifacts() {
    let mut session = done();
    session.set("SAMPLE_OFFSET", 5);
    session.set("SAMPLE_FILLER", 9);
    fs::write(session.path(OUT_DIR).join("old"), "").expect("files can be written");
    assert_eq!(session.start(&["--rerun"]).stdout, "even 0 5\n");
    assert_eq!(session.ran(), ["0"]);
    assert_eq!(artifact(&session), Some(10));
    assert!(!session.path(OUT_DIR).join("old").exists());
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
    assert_eq!(session.start(&["--report"]).stdout, "even 0 5\n");
}

#[test]
fn a_long_rerun_replaces_too() {
    let mut session = done();
    session.set("SAMPLE_OFFSET", 5);
    session.set("SAMPLE_SLEEP_MS", 60);
    session.start(&["--rerun"]);
    session.set("SAMPLE_OFFSET", 6);
    assert_eq!(session.start(&["--rerun"]).stdout, "even 0 6\n");
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
}

/// Reruns with a failure: the old result stays, with its artifacts, and counts.
fn fails(variable: &str) {
    let mut session = done();
    session.set(variable, "0");
    session.set("SAMPLE_FILLER", 9);
    let ended = session.start(&["--rerun"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(ended.totals(), "1 run: 1 failed");
    assert_eq!(artifact(&session), Some(1));
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
    assert_eq!(session.start(&["--report"]).to_string(), "even 0 0\n");
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.ends_with("1 run: 1 cached\n"), "{listed}");
    session.ran();
    assert_eq!(session.start(&["-q"]).to_string(), "even 0 0\n");
    assert_eq!(session.ran(), [""; 0]);
}

#[test]
fn a_failing_rerun_keeps_the_old_result() {
    fails("SAMPLE_FAIL");
}

#[test]
fn a_panicking_rerun_keeps_the_old_result() {
    fails("SAMPLE_PANIC");
}

/// Kills a rerun: the old result stays, and the next start puts it back with its artifacts.
fn kill(args: &[&str]) {
    let mut session = done();
    session.set("SAMPLE_SLEEP_MS", 600_000);
    let mut child = session.spawn(&[&["--rerun"], args].concat());
    session.wait_until("the run has begun", |session| session.path("log").exists());
    child.kill().expect("the process can be killed");
    session.end(child);
    none_is_left_in(&session.path("."));
    session.ran();
    assert_eq!(
        session.directories(),
        ["even-7b56047ac105500e", "even-7b56047ac105500e~1"]
    );
    assert_eq!(session.start(&["--report"]).to_string(), "even 0 0\n");
    assert_eq!(artifact(&session), None, "a report changes nothing");
    session.set("SAMPLE_SLEEP_MS", 0);
    assert_eq!(session.start(&["-q"]).to_string(), "even 0 0\n");
    assert_eq!(session.ran(), [""; 0]);
    assert_eq!(artifact(&session), Some(1));
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
    session.set("SAMPLE_OFFSET", 1);
    assert_eq!(session.start(&["--rerun", "-q"]).to_string(), "even 0 1\n");
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
}

#[test]
fn a_killed_rerun_keeps_the_old_result() {
    kill(&[]);
}

#[test]
fn a_killed_rerun_in_a_process_keeps_the_old_result() {
    kill(&["--isolate"]);
}

#[test]
fn while_a_rerun_goes_on_the_old_result_stays_aside() {
    let mut session = done();
    let gate = session.path("gate");
    session.set("SAMPLE_GATE", gate.display());
    let child = session.spawn(&["--rerun", "-q"]);
    session.wait_until("the run has begun", |session| session.path("log").exists());
    assert_eq!(session.start(&["-q"]).to_string(), "even 0 0\n");
    assert_eq!(
        session.directories(),
        ["even-7b56047ac105500e", "even-7b56047ac105500e~1"]
    );
    fs::write(gate, "").expect("it can be opened");
    assert_eq!(session.end(child).to_string(), "even 0 0\n");
    assert_eq!(session.directories(), ["even-7b56047ac105500e"]);
    assert_eq!(artifact(&session), Some(1));
}

#[test]
fn a_failure_is_told_until_the_run_is_good() {
    let mut session = Session::sample(1).with("SAMPLE_FAIL", "0");
    for attempt in 1..=3 {
        session.start(&[]);
        let text = fs::read_to_string(session.path(OUT_DIR).join("run.json"));
        let run: serde_json::Value =
            serde_json::from_str(&text.expect("it is there")).expect("it is JSON");
        assert_eq!(run["status"], "failed");
        assert_eq!(run["error"], "told to fail: the inner cause");
        assert_eq!(run["attempts"], attempt);
    }
    session.set("SAMPLE_FAIL", "");
    assert_eq!(session.start(&["-q"]).to_string(), "even 0 0\n");
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.ends_with("1 run: 1 cached\n"), "{listed}");
}

#[test]
fn the_command_of_a_failed_rerun_runs_it_again_too() {
    // Its older result had been put back, so that the command found that and did nothing.
    let mut session = Session::sample(2);
    session.start(&["-q", "odd"]);
    session.set("SAMPLE_FAIL", "0,1");
    let told = session.start(&["--rerun"]).stderr;
    let commands: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("  rerun with: "))
        .filter_map(|command| command.split_once(' '))
        .map(|(_, args)| args)
        .collect();
    // What has no result keeps its checkpoint in this way.
    assert_eq!(commands, ["even", "--rerun odd"], "{told}");
}
