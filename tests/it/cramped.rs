//! Machines on which processes cannot be started: that is nobody's failed run.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use crate::{
    process::{end, none_is_left_in, program},
    program::Ended,
};

const NO_PROCESS: &str = "error: no process can be started for a run, not even for one at a time: ";

/// A user without processes of its own, so that a limit counts only those of the test.
const USER: u32 = 54_321;

/// Runs `count` trivial runs in processes of their own below a limit of `ulimit`.
fn limited(directory: &Path, limit: &str, count: u32, args: &str) -> Ended {
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(format!(
            "ulimit {limit}; exec \"$0\" --isolate --progress none {args}"
        ))
        .arg(env!("CARGO_BIN_EXE_apart"))
        .current_dir(directory)
        .env("APART_WAYS", format!("count*{count}"))
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1");
    if limit.contains("-u") {
        command.uid(USER);
    }
    let ended = end(&mut command);
    none_is_left_in(directory);
    ended
}

fn check_all_done(ended: &Ended, count: usize) {
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout.lines().count(), count, "{ended}");
}

#[test]
fn few_files_mean_fewer_runs_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let ended = limited(directory.path(), "-n 200", 150, "-j50");
    check_all_done(&ended, 150);
    let warning = "warning: only 13 runs at a time, not 50: ";
    assert!(ended.stderr.contains(warning), "{ended}");
}

#[test]
fn few_processes_mean_fewer_runs_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    if fs::metadata(directory).expect("it is there").uid() != 0 {
        eprintln!("skipped: only root can start programs as another user");
        return;
    }
    fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).expect("it can be opened");
    let ended = limited(directory, "-u 30", 100, "-j50");
    check_all_done(&ended, 100);
    // Room for the program, and for none of its threads or one without a process.
    let ended = limited(directory, "-u 2", 100, "-j1 --rerun");
    assert_eq!(ended.code, Some(1), "{ended}");
    let words = ["error: cannot start a thread for runs", NO_PROCESS];
    assert!(
        words.iter().any(|words| ended.stderr.contains(words)),
        "{ended}"
    );
    let ended = limited(directory, "-u 30", 100, "-j1 --report");
    check_all_done(&ended, 100);
}

#[test]
fn processes_that_end_before_they_come_to_a_run_fail_none() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let apart = || {
        let mut command = program(env!("CARGO_BIN_EXE_apart"), directory);
        command.env("APART_WAYS", "count*3");
        command
    };
    let ended = end(apart().env("APART_QUIT", "").args(["--isolate", "-j2"]));
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains(NO_PROCESS), "{ended}");
    let reason = "its process exited with code 9 before it came to the experiment";
    assert!(ended.stderr.contains(reason), "{ended}");
    let list = end(apart().arg("--list"));
    assert!(list.stdout.contains("3 runs: 3 missing"), "{list}");
}
