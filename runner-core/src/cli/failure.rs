//! Messages on standard error: errors, runs without a result, and warnings.

use std::{
    error::Error as StdError,
    fmt::Write as _,
    io::{self, Write as _},
};

use super::program::Program;
use crate::{
    api::{Experiment, Facts, Runs},
    base::{Error, Style, count, printable, printable_lines},
};

/// Prints an error on standard error, each of its causes once.
pub(crate) fn print_error(error: &Error, program: &Program, style: Style) {
    let text = render(error, program, style);
    // Standard error may be closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn render(error: &Error, program: &Program, style: Style) -> String {
    let mut shown = error.to_string();
    let mut text = format!("{} {}\n", style.bad("error:"), printable_lines(&shown));
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        // Some errors repeat their cause in their own message.
        if !shown.ends_with(&message) {
            // Writing into a `String` cannot fail.
            let message = printable_lines(&message).replace('\n', "\n    ");
            let _ = writeln!(text, "  caused by: {message}");
        }
        shown = message;
        source = cause.source();
    }
    if error.is_usage() && !shown.contains("--help") {
        let _ = writeln!(text, "see `{} --help`", program.command);
    }
    text
}

/// Maximum number of runs, or warnings, that are named.
const RUNS_MAX: usize = 10;

/// The runs without a result.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    /// Number of all runs, with and without a result.
    pub(crate) all: usize,
    pub(crate) count: usize,
    /// At most [`RUNS_MAX`] of them.
    first: Vec<AbsentRun>,
}

#[derive(Debug)]
struct AbsentRun {
    label: String,
    reason: String,
    is_failed: bool,
}

impl Absent {
    pub(crate) fn of<E: Experiment>(runs: &Runs<E>) -> Self {
        let mut absent = Self::default();
        for run in runs.failed() {
            absent.add(&run.facts, &run.error, true);
        }
        for run in runs.missing() {
            absent.add(&run.facts, &run.reason, false);
        }
        absent.all = runs.len() + absent.count;
        absent
    }

    fn add(&mut self, facts: &Facts, reason: &str, is_failed: bool) {
        self.count += 1;
        if self.first.len() < RUNS_MAX {
            self.first.push(AbsentRun {
                label: facts.label().to_owned(),
                reason: reason.lines().next().unwrap_or_default().to_owned(),
                is_failed,
            });
        }
    }
}

/// Prints the runs without a result on standard error, with the reasons.
pub(crate) fn print_absent(absent: &Absent, program: &Program, style: Style) {
    let mut text = String::new();
    // Writing into a `String` cannot fail, here and below.
    for run in &absent.first {
        let (label, line) = (printable(&run.label), printable(&run.reason));
        let _ = match (run.is_failed, line.as_ref()) {
            (true, line) => writeln!(text, "{} {label}: {line}", style.bad("failed:")),
            (false, "missing") => writeln!(text, "{} {label}", style.notable("missing:")),
            (false, line) => writeln!(text, "{} {label}: {line}", style.notable("missing:")),
        };
    }
    if absent.count > 0 {
        let _ = writeln!(
            text,
            "{} of {} without a result; `{}` runs what is missing",
            absent.count,
            count(absent.all, "run"),
            program.command
        );
    }
    // Standard error may be closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints warnings about the configs on standard error.
pub(crate) fn print_warnings(warnings: &[String], style: Style) {
    let mut text = String::new();
    for warning in warnings.iter().take(RUNS_MAX) {
        let _ = writeln!(text, "{} {}", style.notable("warning:"), printable(warning));
    }
    if let more @ 1.. = warnings.len().saturating_sub(RUNS_MAX) {
        let _ = writeln!(text, "and {} more", count(more, "warning"));
    }
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ErrorKind, Needs};

    fn check(error: &Error, expected: &str) {
        let program = Program::new(Some("digits".into()), "");
        assert_eq!(render(error, &program, Style::PLAIN), expected);
    }

    #[test]
    fn mistakes_point_to_help() {
        check(
            &Error::usage("unknown flag `--x` (see --help)"),
            "error: unknown flag `--x` (see --help)\n",
        );
        check(
            &Error::usage("`--jobs` takes a whole number, not `x`"),
            "error: `--jobs` takes a whole number, not `x`\nsee `digits --help`\n",
        );
    }

    #[test]
    fn what_an_error_says_cannot_steer_the_terminal() {
        let chain = anyhow::anyhow!("\u{1b}[2Jone\n\ttwo\0").context("red \u{1b}[31m");
        check(
            &ErrorKind::Experiment(chain).into(),
            "error: red \\u{1b}[31m\n  caused by: \\u{1b}[2Jone\n    \ttwo\\u{0}\n",
        );
    }

    #[test]
    fn each_cause_is_printed_once() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(
            &Error::store("create", Needs::Writing, "out", denied),
            "error: cannot create `out` (make it writable, or choose another place with --output-dir)\n  \
             caused by: permission denied\n",
        );
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(
            &Error::store(
                "read",
                Needs::Reading,
                "out/fast-1c2d/result.postcard",
                denied,
            ),
            "error: cannot read `out/fast-1c2d/result.postcard` (make it readable, or choose another place with --output-dir)\n  \
             caused by: permission denied\n",
        );
        let chain = anyhow::anyhow!("no such column")
            .context("cannot group: no such column")
            .context("cannot report");
        check(
            &ErrorKind::Experiment(chain).into(),
            "error: cannot report\n  caused by: cannot group: no such column\n",
        );
    }
}
