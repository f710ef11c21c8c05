//! What a report cannot show: failed and missing runs, and warnings.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use super::{Program, Style};
use crate::{
    experiment::Experiment,
    human::{count, printable},
    report::Runs,
};

/// The most runs that are named; `--list` has all.
const RUNS_MAX: usize = 10;

/// Says on standard error which runs have no result, and why.
pub(crate) fn print_absent<E: Experiment>(runs: &Runs<E>, program: &Program, style: Style) {
    let failed = runs
        .failed()
        .iter()
        .map(|run| (run.label(), run.error.as_str(), true));
    let missing = runs
        .missing()
        .iter()
        .map(|run| (run.label(), run.reason.as_str(), false));
    let mut text = String::new();
    // Writing into a `String` cannot fail, here and below.
    for (label, reason, is_failed) in failed.chain(missing).take(RUNS_MAX) {
        let label = printable(label);
        let line = printable(reason.lines().next().unwrap_or_default());
        let _ = match (is_failed, line.as_ref()) {
            (true, line) => writeln!(text, "{} {label}: {line}", style.bad("failed:")),
            (false, "missing") => writeln!(text, "{} {label}", style.notable("missing:")),
            (false, line) => writeln!(text, "{} {label}: {line}", style.notable("missing:")),
        };
    }
    let absent = runs.failed().len() + runs.missing().len();
    if absent > 0 {
        let all = runs.len() + absent;
        let _ = writeln!(
            text,
            "{} of {} without a result; `{}` runs what is missing",
            absent,
            count(all, "run"),
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
