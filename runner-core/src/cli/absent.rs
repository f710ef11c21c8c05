//! What a report cannot show: failed and missing runs, and warnings.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use super::program::Program;
use crate::base::Style;
use crate::{
    api::{Experiment, Runs},
    base::{count, printable},
};

/// The most runs that are named; `--list` has all.
const RUNS_MAX: usize = 10;

/// The runs that a report cannot show.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    /// How many runs there are with those that a report shows.
    pub(crate) all: usize,
    pub(crate) count: usize,
    /// The first of them.
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
        let absent = |label: &str, reason: &str, is_failed| AbsentRun {
            label: label.to_owned(),
            reason: reason.lines().next().unwrap_or_default().to_owned(),
            is_failed,
        };
        let failed = runs.failed().iter();
        let failed = failed.map(|run| absent(run.label(), &run.error, true));
        let missing = runs.missing().iter();
        let missing = missing.map(|run| absent(run.label(), &run.reason, false));
        let count = runs.failed().len() + runs.missing().len();
        Self {
            all: runs.len() + count,
            count,
            first: failed.chain(missing).take(RUNS_MAX).collect(),
        }
    }
}

/// Says on standard error which runs have no result, and why.
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
    // There is nowhere left to say that standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Says on standard error what is odd about the configs.
pub(crate) fn print_warnings(warnings: &[String], style: Style) {
    let mut text = String::new();
    for warning in warnings.iter().take(RUNS_MAX) {
        let _ = writeln!(text, "{} {}", style.notable("warning:"), printable(warning));
    }
    if warnings.len() > RUNS_MAX {
        let _ = writeln!(
            text,
            "and {} more",
            count(warnings.len() - RUNS_MAX, "warning")
        );
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
