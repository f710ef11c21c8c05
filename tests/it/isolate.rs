//! Runs in processes of their own: every way to die, and what is kept of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value as Json;

use crate::{
    process::{end, none_is_left_in, program, sample},
    program::Ended,
    shown::{event, shown},
};

fn failures(directory: &Path) -> Command {
    program(env!("CARGO_BIN_EXE_failures"), directory)
}

fn nested(directory: &Path) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_nested"), directory);
    command.env("NESTED_LOG", directory.join("nested.log"));
    command
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("it is JSON")
}

/// The directory of the run with this way to die.
fn run_directory(directory: &Path, way: &str) -> PathBuf {
    let entries = fs::read_dir(directory.join("out")).expect("there are runs");
    let mut paths = entries.map(|entry| entry.expect("it can be read").path());
    let found = paths.find(|path| {
        fs::read_to_string(path.join("run.json"))
            .is_ok_and(|text| json(&text)["config"]["way"] == way)
    });
    found.unwrap_or_else(|| panic!("{way} has a directory"))
}

fn run_json(directory: &Path, way: &str) -> Json {
    let path = run_directory(directory, way).join("run.json");
    json(&fs::read_to_string(path).expect("there is a run.json"))
}

fn run_log(directory: &Path, way: &str) -> String {
    let path = run_directory(directory, way).join("run.log");
    fs::read_to_string(path).unwrap_or_default()
}

/// What the summary says below `failed: <way>`.
fn told(ended: &Ended, way: &str) -> String {
    let heading = format!("failed: Failures way={way}\n");
    let start = ended.stderr.find(&heading);
    let start = start.unwrap_or_else(|| panic!("{way} failed:\n{}", ended.stderr)) + heading.len();
    let text = &ended.stderr[start..];
    let length = text.find("  rerun with:").expect("each failure ends so");
    text[..length].to_owned()
}

#[test]
fn a_shared_value_that_never_comes_ends_its_run() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(shown(directory, "shared-endless,error").args([
        "--timeout",
        "100ms",
        "--events",
        "events",
    ]));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let failed = event(directory, "failed");
    let error = failed["error"].as_str().expect("it has an error");
    assert!(
        error.starts_with("timed out in `Context::shared` after 30s, which is"),
        "{error}"
    );
    assert!(failed["duration_s"].as_f64() < Some(1.0), "{failed}");
    assert!(ended.stderr.contains("2 failed"), "{}", ended.stderr);
    none_is_left_in(directory);
}

#[test]
fn every_death_is_named_and_harms_nobody_else() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(failures(directory).args(["--isolate", "--timeout", "2s", "-j2", "-v"]));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    none_is_left_in(directory);
    for (way, cause) in [
        ("error", "this run returns an error"),
        ("panic", "panicked: this run panics (at "),
        ("abort", "aborted (killed by SIGABRT)"),
        ("segfault", "segmentation fault (killed by SIGSEGV)"),
        ("stack-overflow", "stack overflow (killed by SIGABRT)"),
        (
            "out-of-memory",
            "out of memory: memory allocation of 16777216 bytes failed",
        ),
        (
            "killed",
            "killed by SIGKILL, as the kernel does when memory runs out",
        ),
        ("exit", "exited with code 0 without a result"),
        ("endless", "timed out after 2s"),
        ("deaf", "timed out after 2s"),
        ("aborted-orphan", "aborted (killed by SIGABRT)"),
    ] {
        let told = told(&ended, way);
        assert!(told.trim_start().starts_with(cause), "{way}: {told}");
        let json = run_json(directory, way);
        assert_eq!(json["status"], "failed", "{way}");
        let error = json["error"].as_str().expect("a failed run has an error");
        assert!(error.starts_with(cause), "{way}: {error}");
        assert!(run_log(directory, way).starts_with("this is "), "{way}");
    }
    assert!(told(&ended, "abort").contains("| this is Abort\n"));
    assert!(told(&ended, "stack-overflow").contains("has overflowed its stack\n"));
    assert!(run_log(directory, "stack-overflow").contains("has overflowed its stack\n"));
    for way in ["none", "orphan", "chatter", "leak"] {
        assert!(ended.stdout.contains(&format!("\n{way} ")), "{way}");
        let json = run_json(directory, way);
        assert_eq!(json["status"], "done", "{way}");
        assert!(json["cpu_s"].is_f64() && json["peak_memory_bytes"].is_u64());
    }
    let leak = run_json(directory, "leak");
    assert!(leak["peak_memory_bytes"].as_u64() > Some(16 << 20));
    assert_eq!(run_json(directory, "abort")["attempts"], 1);
    check_long_log(&run_log(directory, "chatter"));
    check_second_start(directory);
}

fn check_long_log(log: &str) {
    assert!(
        (9_900_000..10_001_000).contains(&log.len()),
        "{}",
        log.len()
    );
    assert!(log.contains(" bytes are left out here]\n"));
    assert!(log.ends_with("line 499999 of far too many\n"));
}

/// What has a result is not run again, what failed is.
fn check_second_start(directory: &Path) {
    let list = end(failures(directory).args(["--list", "--format", "json"])).stdout;
    assert!(list.contains("segmentation fault"), "{list}");
    let ended =
        end(failures(directory).args(["--isolate", "way=abort", "way=chatter", "way=exit"]));
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("4 runs: 1 cached, 3 failed"),
        "{}",
        ended.stderr
    );
    assert_eq!(run_json(directory, "abort")["attempts"], 2);
    none_is_left_in(directory);
}

#[test]
fn without_processes_the_dangerous_ones_only_say_so() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let ended = end(&mut failures(directory.path()));
    assert_eq!(ended.code, Some(1));
    // They say the same, and are told together.
    let told = "failed: Failures way=abort\nfailed: Failures way=segfault\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    let more = "and 6 more failed in the same way; `";
    assert!(ended.stderr.contains(more), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("run this with --isolate").count(), 1);
    assert!(
        ended.stderr.contains("2 done, 13 failed"),
        "{}",
        ended.stderr
    );
}

#[test]
fn results_are_those_of_threads() {
    let (threads, processes) = (tempfile::tempdir(), tempfile::tempdir());
    let threads = threads.expect("a directory can be made");
    let processes = processes.expect("a directory can be made");
    let first = end(&mut sample(threads.path()));
    let second = end(sample(processes.path()).arg("--isolate"));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert_eq!(first.stdout, second.stdout);
    let third = end(sample(processes.path()).args(["--rerun", "--isolate", "-j3"]));
    assert_eq!(third.stdout, first.stdout);
    let entries = fs::read_dir(processes.path().join("out")).expect("there are runs");
    let names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names.len(), 8, "what was replaced is gone: {names:?}");
    let fourth = end(sample(processes.path())
        .args(["--rerun", "--isolate"])
        .env("SAMPLE_FAIL", "1"));
    assert_eq!(fourth.code, Some(1));
    assert!(fourth.stderr.contains("told to fail: the inner cause"));
    let cached = end(sample(processes.path()).arg("--isolate"));
    assert!(cached.stderr.contains("6 cached"), "{}", cached.stderr);
}

#[test]
fn a_program_inside_a_run_is_a_program() {
    for (init, expected) in [
        (None, "main\nconfigs\nmain\nmain\nconfigs\n"),
        (Some("1"), "main\nconfigs\nmain\nconfigs\n"),
    ] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut command = nested(directory.path());
        if let Some(init) = init {
            command.env("NESTED_INIT", init);
        }
        let ended = end(command.args(["--isolate", "--format", "json"]));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let log = fs::read_to_string(directory.path().join("nested.log"));
        assert_eq!(log.expect("there is a log"), expected);
        let json = json(&ended.stdout).to_string();
        assert!(
            json.contains("1 missing") || json.contains("missing"),
            "{json}"
        );
        assert!(json.contains(r#""is_isolated":true"#), "{json}");
        assert!(json.contains(r#""stdin_bytes":0"#), "{json}");
    }
}

#[test]
fn a_rerun_that_dies_leaves_the_older_result() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let first = end(sample(directory).arg("--isolate"));
    let slow = || {
        let mut command = sample(directory);
        command.env("SAMPLE_SLEEP_MS", "60000");
        command
    };
    let ended = end(slow().args(["--rerun", "--timeout", "300ms", "-j6"]));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("6 failed"), "{}", ended.stderr);
    none_is_left_in(directory);
    let report = end(sample(directory).arg("--report"));
    assert_eq!(report.stdout, first.stdout);
    let ended = end(&mut sample(directory));
    assert!(ended.stderr.contains("6 cached"), "{}", ended.stderr);
}
