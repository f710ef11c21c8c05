//! Processes in a directory: started, waited for, and, where `/proc` tells, looked for.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::program::{Ended, SAMPLE};

/// The processes that work in `directory` and have the name of a program in their command line.
pub(crate) fn working_in(directory: &Path) -> Vec<i32> {
    let Ok(directory) = directory.canonicalize() else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut found: Vec<i32> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let works_there = fs::read_link(entry.path().join("cwd")).ok()? == directory;
            works_there.then_some(pid)
        })
        .collect();
    found.sort_unstable();
    found
}

/// Fails if a process still works in `directory` after a moment.
pub(crate) fn none_is_left_in(directory: &Path) {
    let start = Instant::now();
    loop {
        let left = working_in(directory);
        if left.is_empty() {
            return;
        }
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "processes {left:?} are left"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// A program, ready to be given arguments, working in `directory`.
pub(crate) fn program(path: &str, directory: &Path) -> Command {
    let mut command = Command::new(path);
    command
        .current_dir(directory)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

pub(crate) fn sample(directory: &Path) -> Command {
    program(SAMPLE, directory)
}

/// Runs a command to its end.
pub(crate) fn end(command: &mut Command) -> Ended {
    let output = command.output().expect("the program can be started");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
