//! What a process of its own keeps apart: each run has a fresh one, unless processes are kept.

use std::{path::Path, process::Command};

use crate::process::{end, program};

fn apart(directory: &Path, ways: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_apart"), directory);
    command.env("APART_WAYS", ways);
    command
}

/// Runs `ways` and compares the report.
#[track_caller]
fn check(ways: &str, keep: Option<&str>, args: &[&str], expected: &str) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut command = apart(directory.path(), ways);
    if let Some(keep) = keep {
        command.env("APART_KEEP", keep);
    }
    let ended = end(command.args(args));
    assert_eq!(ended.stdout, expected, "{args:?}: {}", ended.stderr);
}

const FRESH: &str =
    "0: 0 before, shared by 0\n1: 0 before, shared by 1\n2: 0 before, shared by 2\n";
const KEPT: &str = "0: 0 before, shared by 0\n1: 1 before, shared by 0\n2: 2 before, shared by 0\n";

#[test]
fn each_run_has_a_fresh_process() {
    check("count*3", None, &["--isolate"], FRESH);
    check("count*3", None, &["--isolate=fresh"], FRESH);
    check("count*3", None, &["--timeout", "1h"], FRESH);
    let still_there = "0: moved before: false\n1: moved before: false\n";
    check("leave-directory*2", None, &["--isolate"], still_there);
}

#[test]
fn a_process_is_kept_if_it_is_asked_for() {
    check("count*3", None, &["--isolate=kept"], KEPT);
    check("count*3", Some(""), &["--timeout", "1h"], KEPT);
    check("count*3", Some(""), &["--isolate"], FRESH);
    let failed = "0: 0 before, shared by 0\n2: 0 before, shared by 2\n3: 1 before, shared by 2\n";
    check("count,error,count*2", None, &["--isolate=kept"], failed);
}
