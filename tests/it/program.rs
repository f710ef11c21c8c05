//! Starts a test program and looks at what it printed.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

/// The program `sample`, ready to be given arguments, working in `directory`.
pub(crate) fn sample(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sample"));
    command
        .current_dir(directory)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

/// What a program printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command to its end.
pub(crate) fn end(command: &mut Command) -> Ended {
    command.output().expect("the program can be started").into()
}
