//! What a process of its own keeps apart: each run has a fresh one, unless processes are kept.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use runner::{Config, Context, Experiment, Runner, Runs};
use serde::{Deserialize, Serialize};

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

#[test]
fn runs_have_as_much_stack_as_the_main_thread() {
    for how in [&[][..], &["--isolate"]] {
        let limited = |limit: &str, variable: &str| {
            let directory = tempfile::tempdir().expect("a directory can be made");
            let mut command = Command::new("bash");
            command
                .args(["-c", &format!("ulimit -s {limit}; exec \"$0\" \"$@\"")])
                .arg(env!("CARGO_BIN_EXE_apart"))
                .args(how)
                .current_dir(directory.path())
                .env("APART_WAYS", "deep")
                .env(variable, "20000000");
            end(&mut command)
        };
        for (limit, variable) in [
            ("8192", "APART_NOTHING"),
            ("unlimited", "APART_NOTHING"),
            ("1024", "APART_STACK"),
            ("1024", "RUST_MIN_STACK"),
        ] {
            let ended = limited(limit, variable);
            assert_eq!(ended.code, Some(0), "{how:?} {limit} {variable} {ended}");
        }
        let ended = limited("1024", "APART_NOTHING");
        assert_ne!(ended.code, Some(0), "{how:?} {ended}");
        let thread = if how.is_empty() { "slot 0" } else { "run" };
        let words = format!("thread '{thread}' ");
        assert!(ended.stderr.contains(&words), "{ended}");
    }
}

#[test]
fn what_looks_like_a_process_of_a_run_and_is_none_says_so() {
    for badge in ["$$:1:0", "$$:0:00000000000000000000000000000000"] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut shell = program("bash", directory.path());
        shell
            .args(["-c", &format!("RUNNER_WORKER={badge} \"$0\"; exit $?")])
            .arg(env!("CARGO_BIN_EXE_apart"))
            .env("APART_WAYS", "count");
        let ended = end(&mut shell);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains("unset RUNNER_WORKER"), "{ended}");
    }
}

#[test]
fn a_kept_process_prints_into_the_log_of_its_run() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(apart(directory, "print-rarely*200").args(["--isolate=kept", "-j2"]));
    assert_eq!(ended.code, Some(0), "{ended}");
    for index in 0..200 {
        let found = logs(directory, index);
        let expected = format!("this is {index}\n").repeat(100);
        let expected = (index % 3 == 0).then_some(expected);
        assert_eq!(found, expected, "{index}");
    }
}

/// The log of a run, by what its `run.json` says.
fn logs(directory: &Path, index: u32) -> Option<String> {
    let entries = fs::read_dir(directory.join("out")).expect("there are runs");
    let mut paths = entries.map(|entry| entry.expect("it can be read").path());
    let run = paths.find(|path| {
        let json = fs::read_to_string(path.join("run.json")).unwrap_or_default();
        json.contains(&format!("\"index\": {index},"))
    });
    let run = run.expect("it has a directory");
    fs::read_to_string(run.join("run.log")).ok()
}

#[test]
fn a_run_that_has_begun_ahead_is_given_back_while_another_is_long() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ways = "count*20,nap,count*3";
    let mut first = apart(directory, ways);
    first.args(["--isolate=kept", "--progress", "none"]);
    let first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut first = first.expect("it can be started");
    while !directory.join("napping").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let second = end(apart(directory, ways).arg("way=count"));
    assert_eq!(second.code, Some(0), "{second}");
    let list = end(apart(directory, ways).arg("--list")).stdout;
    assert!(list.contains("24 runs: 23 cached, 1 running"), "{list}");
    fs::write(directory.join("awake"), "").expect("it can be written");
    assert!(first.wait().expect("it ends").success());
}

#[test]
fn nothing_that_has_begun_ahead_is_left_after_a_failure() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ways = "count*5,error,count*5";
    let ended = end(apart(directory, ways).args(["--isolate=kept", "--fail-fast"]));
    assert_eq!(ended.code, Some(1), "{ended}");
    let list = end(apart(directory, ways).arg("--list")).stdout;
    assert!(
        list.contains("11 runs: 5 cached, 5 missing, 1 failed"),
        "{list}"
    );
    let entries = fs::read_dir(directory.join("out")).expect("there are runs");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let runs = names.filter(|name| name.to_string_lossy().starts_with("apart-"));
    assert_eq!(runs.count(), 6);
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Number {
    number: u32,
}

/// Runs that use a runtime of their own, as one does that is started with `#[tokio::main]`.
struct Doubling;

impl Experiment for Doubling {
    type Config = Number;
    type Output = (u32, bool);

    fn run(config: &Number, context: &Context) -> anyhow::Result<(u32, bool)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let doubled = runtime.block_on(async { config.number * 2 });
        Ok((doubled, context.is_isolated()))
    }
}

/// Runs a few configs as a test of a user does.
fn doubled(keep: bool) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let runs: Runs<Doubling> = Runner::new()
        .configs((0..3).map(|number| Number { number }))
        .output_dir(directory.path())
        .isolate(true)
        .keep_processes(keep)
        .run()
        .expect("it can be run");
    assert!(runs.failed().is_empty(), "{:?}", runs.failed()[0].error);
    let outputs: Vec<_> = runs.outputs().copied().collect();
    assert_eq!(outputs, [(0, true), (2, true), (4, true)]);
}

#[test]
fn a_test_may_isolate_runs() {
    doubled(false);
}

#[test]
fn several_tests_may_isolate_runs() {
    doubled(true);
}

#[test]
fn a_run_may_use_a_runtime_inside_of_another() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async { doubled(false) });
}
