//! The output of `--verify`, and what came of it as lists show it.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::program::Program;
use crate::{
    base::{Style, count, human, printable},
    execute::{Third, Verification},
    filter::VERIFIED,
    report::Format,
    value::{
        Key,
        json::{Layout, Object, Shown, json, list, object},
    },
};

/// A run that was verified.
#[derive(Debug)]
pub(crate) struct VerifiedRow {
    pub(crate) label: String,
    pub(crate) key: Key,
    /// The error of a run that failed.
    pub(crate) finding: Result<Verification, String>,
    /// What is known of the reason why it differs, a line each.
    pub(crate) why: Vec<String>,
    pub(crate) is_of_other_code: bool,
}

/// What came of verifying a result the last time.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedState {
    pub(crate) age: Duration,
    /// How the run differed from the result.
    pub(crate) difference: Option<String>,
}

impl VerifiedState {
    pub(super) fn word(&self) -> &'static str {
        VERIFIED[1 + usize::from(self.difference.is_some())]
    }

    /// Says it in a few words.
    pub(super) fn words(&self) -> String {
        let age = human::rough_duration(self.age);
        match self.difference {
            None => format!("verified {age} ago"),
            Some(_) => format!("differed when verified {age} ago"),
        }
    }
}

/// What came of the runs that were chosen.
#[derive(Debug)]
pub(crate) struct VerifiedRuns {
    /// The number of all that were chosen.
    pub(crate) chosen: usize,
    pub(crate) rows: Vec<VerifiedRow>,
}

impl VerifiedRuns {
    fn count(&self, is_counted: impl Fn(&VerifiedRow) -> bool) -> usize {
        self.rows.iter().filter(|row| is_counted(row)).count()
    }

    /// Returns whether a run differs and had this third run.
    fn differ(&self, third: &Third) -> bool {
        let has = |row: &VerifiedRow| matches!(&row.finding, Ok(Verification::Differs(differing)) if differing.third == *third);
        self.count(has) > 0
    }

    /// Returns whether all that were chosen are the same as what is stored.
    pub(crate) fn are_same(&self) -> bool {
        self.count(VerifiedRow::is_same) == self.chosen
    }
}

impl VerifiedRow {
    fn is_same(&self) -> bool {
        matches!(self.finding, Ok(Verification::Same))
    }
}

/// Writes what came of the runs that were verified: for people, or JSON if that is the format.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn verified(
    out: &mut impl Write,
    runs: &VerifiedRuns,
    format: Option<Format>,
    program: &Program,
    style: Style,
) -> io::Result<()> {
    if format == Some(Format::Json) {
        return write_json(out, &runs.rows);
    }
    if runs.chosen > 0 {
        let same = runs.count(VerifiedRow::is_same);
        writeln!(out, "same: {same} of {}", count(runs.chosen, "run"))?;
    }
    for row in &runs.rows {
        let label = printable(&row.label);
        let (word, lines) = match &row.finding {
            Ok(Verification::Same) => continue,
            Ok(Verification::Skipped(reason)) => {
                (style.notable("not compared:"), vec![reason.clone()])
            }
            Err(error) => (
                style.bad("failed:"),
                error.lines().map(str::to_owned).collect(),
            ),
            Ok(Verification::Differs(differing)) => {
                let mut lines = differing.lines();
                lines.extend(row.why.iter().cloned());
                lines.push(format!(
                    "what it gave now is in {}",
                    differing.directory.display()
                ));
                (style.bad("differs:"), lines)
            }
        };
        writeln!(out, "{word} {label}")?;
        for line in lines {
            writeln!(out, "  {}", printable(&line))?;
        }
    }
    if runs.differ(&Third::Same) {
        writeln!(
            out,
            "bump VERSION if a difference is meant; if not, it is a bug that the cache hid"
        )?;
    }
    if runs.differ(&Third::Differs) {
        writeln!(
            out,
            "what is not deterministic needs a seed; or `fn reproduces` says which outputs are the same"
        )?;
    }
    let others = runs.count(|row| row.is_of_other_code);
    if runs.are_same() && others > 0 {
        let command = &program.command;
        let results = count(others, "result");
        writeln!(
            out,
            "{results} of other code gave the same: `{command} --accept` notes that it means the same"
        )?;
    }
    Ok(())
}

fn write_json(out: &mut impl Write, rows: &[VerifiedRow]) -> io::Result<()> {
    let mut before = "[";
    for row in rows {
        let line = object(|line| {
            line.put("key", Shown(row.key)).put("label", &row.label);
            match &row.finding {
                Ok(finding) => put_finding(finding, line),
                Err(error) => {
                    line.put("error", error);
                }
            }
            if !row.why.is_empty() {
                line.put("why", list(&row.why));
            }
        });
        write!(out, "{before}\n  {}", json(line, Layout::Compact))?;
        before = ",";
    }
    writeln!(out, "{}", if before == "[" { "[]" } else { "\n]" })
}

/// Adds what came of a run that was verified.
pub(super) fn put_finding(finding: &Verification, line: &mut Object<'_>) {
    let differing = match finding {
        Verification::Same => {
            line.put("same", true);
            return;
        }
        Verification::Skipped(reason) => {
            line.put("skipped", reason);
            return;
        }
        Verification::Differs(differing) => differing,
    };
    let values = differing.values.shown.iter().map(|value| {
        object(|one| {
            one.put("path", &value.path)
                .put("stored", &value.before)
                .put("now", &value.now);
        })
    });
    let artifacts = differing.artifacts.iter().map(|artifact| {
        object(|one| {
            one.put("name", &artifact.name)
                .put("stored", &artifact.before)
                .put("now", &artifact.now);
        })
    });
    let third = match differing.third {
        Third::NotRun => None,
        Third::Same => Some("same"),
        Third::Differs => Some("differs"),
        Third::Failed(_) => Some("failed"),
    };
    line.put("same", false)
        .put("differing_values", differing.values.count)
        .put("values", list(values))
        .put("artifacts", list(artifacts))
        .put_some("third", third)
        .put("out_dir", Shown(differing.directory.display()));
}
