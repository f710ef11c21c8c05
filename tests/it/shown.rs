//! What is shown of runs in processes of their own: their last lines, their figures, their attempts.

use std::{fs, path::Path, process::Command};

use serde_json::Value as Json;

use crate::{
    process::{end, none_is_left_in, program},
    program::Ended,
};

pub(crate) fn shown(directory: &Path, ways: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_shown"), directory);
    command.env("SHOWN_WAYS", ways).arg("--isolate");
    command
}

pub(crate) fn events(directory: &Path) -> Vec<Json> {
    let text = fs::read_to_string(directory.join("events")).expect("there are events");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

pub(crate) fn event(directory: &Path, name: &str) -> Json {
    let events = events(directory);
    let found = events.iter().find(|event| event["event"] == name);
    found
        .unwrap_or_else(|| panic!("no `{name}` in {events:?}"))
        .clone()
}

/// The `run.json` of the only run.
fn run_json(directory: &Path) -> Json {
    let entries = fs::read_dir(directory.join("out")).expect("there are runs");
    let mut paths = entries.map(|entry| entry.expect("it can be read").path().join("run.json"));
    let path = paths.find(|path| path.is_file()).expect("there is a run");
    let text = fs::read_to_string(path).expect("it can be read");
    serde_json::from_str(&text).expect("it is JSON")
}

fn failure(ended: &Ended) -> &str {
    let start = ended.stderr.find("failed: ").expect("one failed");
    let length = ended.stderr[start..].find("  rerun with").expect("it ends");
    &ended.stderr[start..start + length]
}

#[test]
fn a_failure_comes_with_the_last_lines_but_no_line_twice() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(&mut shown(directory, "error"));
    assert_eq!(
        failure(&ended),
        "failed: shown\n  it is broken\n  last lines of its output:\n    | begin error\n    | nearly there\n"
    );
    let ended = end(&mut shown(directory, "panic"));
    let text = failure(&ended);
    assert!(text.starts_with("failed: shown\n  panicked: it is broken (at "));
    assert!(
        text.ends_with("    | begin panic\n    | nearly there\n"),
        "{text}"
    );
    assert_eq!(text.matches("it is broken").count(), 1, "{text}");
    let ended = end(&mut shown(directory, "thread-panic"));
    let text = failure(&ended);
    assert!(text.contains(" panicked at "), "{text}");
    assert_eq!(text.matches("a thread is broken").count(), 1, "{text}");
}

#[test]
fn last_lines_are_what_a_terminal_would_show() {
    // A line with a progress that writes over itself had 67,779 characters.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(shown(directory, "progress-error").args(["--events", "events"]));
    let text = failure(&ended);
    let expected = "    | step 8999 of 9000\n    | red\n";
    assert!(text.ends_with(expected), "{text:?}");
    let last = &event(directory, "failed")["last_lines"];
    assert_eq!(last, "step 8999 of 9000\nred");
    let ended = end(&mut shown(directory, "progress-abort"));
    let text = failure(&ended);
    assert!(
        text.ends_with("    | step 8999 of 9000\n    | red\n"),
        "{text:?}"
    );
}

#[test]
fn a_slow_run_is_told_at_half_of_its_time() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(shown(directory, "sleep")
        .env("SHOWN_SLEEP_MS", "3000")
        .args(["--timeout", "4s", "--events", "events"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("slow    shown has").count(), 1);
    assert!(
        ended.stderr.contains("; its limit is 4.00 s\n"),
        "{}",
        ended.stderr
    );
    let slow = event(directory, "slow");
    assert_eq!(slow["timeout_s"], 4.0);
    assert!(slow["elapsed_s"].as_f64() >= Some(2.0), "{slow}");
}

#[test]
fn attempts_are_remembered_and_marked() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(&mut shown(directory, "second"));
    assert_eq!(ended.code, Some(1));
    let ended = end(shown(directory, "second").args(["--retries", "1", "--events", "events"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(", after 3 attempts)\n"),
        "{}",
        ended.stderr
    );
    let totals = "shown: 1 run: 1 done (1 after several attempts) in ";
    assert!(ended.stderr.contains(totals), "{}", ended.stderr);
    assert_eq!(event(directory, "finished")["attempts"], 3);
    assert_eq!(event(directory, "ended")["retried"], 1);
    let json = run_json(directory);
    assert_eq!(json["attempts"], 3);
    let earlier = json["earlier_attempts"].as_array().expect("there are some");
    let errors: Vec<&Json> = earlier.iter().map(|attempt| &attempt["error"]).collect();
    assert_eq!(errors, ["attempt 1", "attempt 2"]);
    assert!(earlier.iter().all(|attempt| attempt["started"].is_string()));
    assert!(earlier.iter().all(|attempt| attempt["duration_s"].is_f64()));
    let list = end(shown(directory, "second").arg("--list")).stdout;
    assert!(list.contains("  shown  (3 attempts)\n"), "{list}");
}

#[test]
fn the_dead_have_figures() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    for (way, timeout, cpu_s) in [("burn", "1m", 0.1), ("burn-endlessly", "2s", 0.1)] {
        let ended = end(shown(directory, way).args(["--timeout", timeout, "--events", "events"]));
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        let failed = event(directory, "failed");
        if cfg!(target_os = "linux") {
            assert!(failed["cpu_s"].as_f64() > Some(cpu_s), "{failed}");
            assert!(
                failed["peak_memory_bytes"].as_u64() > Some(64 << 20),
                "{failed}"
            );
            assert_eq!(run_json(directory)["cpu_s"], failed["cpu_s"]);
        }
        fs::remove_dir_all(directory.join("out")).expect("it can be removed");
    }
    none_is_left_in(directory);
}

#[test]
fn shared_values_take_no_time_from_a_run() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(shown(directory, "shared")
        .env("SHOWN_SLEEP_MS", "2500")
        .args(["--timeout", "1s", "--events", "events"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(event(directory, "finished")["duration_s"].as_f64() < Some(1.0));
}

#[test]
fn a_short_time_limit_waits_for_a_shared_value() {
    // A run was ended if its limit was over before the child's next look at the clock had told the parent of the sharing.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(shown(directory, "shared")
        .env("SHOWN_SLEEP_MS", "1200")
        .args(["--timeout", "300ms"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn nothing_is_started_after_the_failures_that_are_allowed() {
    // Runs that fail faster than anybody looks at them went on being started.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ways: Vec<String> = (0..40).map(|way| format!("no-{way}")).collect();
    for (args, total) in [
        (
            &["--fail-fast"][..],
            "40 runs: 1 failed, 39 missing (enough had failed) in",
        ),
        (
            &["--max-fail", "3"],
            "40 runs: 3 failed, 37 missing (enough had failed) in",
        ),
        (
            &["--max-fail", "3", "--isolate"],
            "40 runs: 3 failed, 37 missing (enough had failed) in",
        ),
    ] {
        let mut command = program(env!("CARGO_BIN_EXE_shown"), directory);
        let ended = end(command.env("SHOWN_WAYS", ways.join(",")).args(args));
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(total), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn the_command_of_a_failure_runs_only_that_one_again() {
    // It left out what the command line had changed about the configs, and selected another run or none.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    fs::write(directory.join("my configs.json"), r#"[{"way": "sleep"}]"#)
        .expect("it can be written");
    let ended = end(shown(directory, "panic").args([
        "--configs",
        "my configs.json",
        "--sweep",
        "way=error,sleep,it's a `way`",
    ]));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let commands = ended.stderr.lines();
    let commands = commands.filter_map(|line| line.strip_prefix("  rerun with: "));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 2, "{}", ended.stderr);
    for (command, error) in commands
        .into_iter()
        .zip(["it is broken", "there is no way"])
    {
        let mut shell = program("sh", directory);
        let again = end(shell.args(["-c", command]).env("SHOWN_WAYS", "panic"));
        let told = again.stderr;
        assert!(told.contains("shown: 1 run: 1 failed"), "{told}");
        assert!(told.contains(&format!("\n  {error}")), "{told}");
    }
}

#[test]
fn what_a_run_leaves_behind_ends_before_the_next() {
    for how in ["--isolate", "--isolate=kept"] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        let id = std::process::id().to_string();
        let ended = end(shown(directory, "leave,look")
            .env("SHOWN_ID", id)
            .args([how, "--format", "csv"]));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let is_left = cfg!(not(target_os = "linux"));
        assert!(
            ended.stdout.contains(&format!("lives: {is_left}")),
            "{}",
            ended.stdout
        );
        none_is_left_in(directory);
    }
}
