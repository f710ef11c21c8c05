//! [`ClosingText`]: the failures and the totals, after the last run.

use std::{collections::HashMap, fmt::Write as _};

use super::tally::{ShownFailure, Tally};
use crate::{
    base::{Style, human, printable, printable_lines},
    cli::{
        program::{Again, Program},
        request::Verbosity,
    },
    execute::{PRINTED, Totals},
};

/// Maximum number of failures in full, unless verbose; equal ones count once.
const FAILURES_MAX: usize = 20;
/// Minimum number of equal failures that are told together.
const EQUAL_MIN: usize = 3;
/// Maximum number of labels of equal failures.
const LABELS_MAX: usize = 5;
/// Maximum number of a failed run's last printed lines.
const LINES_MAX: usize = 5;

pub(super) struct ClosingText {
    pub(super) program: Program,
    pub(super) verbosity: Verbosity,
    pub(super) style: Style,
}

impl ClosingText {
    /// Returns the failures in the order of the configs, and a line of totals.
    pub(super) fn render(&self, tally: &Tally, totals: &Totals) -> String {
        let mut text = String::new();
        let mut failures: Vec<&ShownFailure> = tally.failures.iter().collect();
        failures.sort_by_key(|failure| failure.run);
        let groups = match self.verbosity {
            Verbosity::Verbose => failures.iter().map(|failure| vec![*failure]).collect(),
            _ => grouped(&failures),
        };
        let shown = match self.verbosity {
            Verbosity::Verbose => groups.len(),
            _ => groups.len().min(FAILURES_MAX),
        };
        for group in &groups[..shown] {
            self.group(&mut text, tally, group);
        }
        // Writing into a `String` cannot fail, here and below.
        if shown < groups.len() {
            let _ = writeln!(text, "{}", self.more(tally, &groups[shown..].concat()));
        }
        if self.verbosity != Verbosity::Quiet {
            self.totals(&mut text, totals);
        }
        text
    }

    /// Returns the number of failures that are left out, and the way to see them. `--list` does not show the failure of a run
    /// that has its older result again; only the output of that run does.
    fn more(&self, tally: &Tally, failures: &[&ShownFailure]) -> String {
        let command = &self.program.command;
        let number = failures.len();
        let with_result = failures
            .iter()
            .filter(|failure| tally.is_rerun(failure.run));
        let with_result = with_result.count();
        let all = "with -v, a run shows all of its failures";
        match with_result {
            0 => format!("and {number} more failed; `{command} --list` shows all"),
            _ if with_result == number => {
                format!("and {number} more failed and have their older results again; {all}")
            }
            _ => format!(
                "and {number} more failed; `{command} --list` shows all but {with_result} that have their older results \
                 again; {all}"
            ),
        }
    }

    /// Tells of equal failures: their labels, and the first of them in full.
    fn group(&self, text: &mut String, tally: &Tally, group: &[&ShownFailure]) {
        let heading = self.style.bad("failed:");
        let named = group.len().min(LABELS_MAX);
        for failure in &group[..named] {
            let _ = writeln!(text, "{heading} {}", tally.label(failure.run));
        }
        if named < group.len() {
            let more = self.more(tally, &group[named..]);
            let _ = writeln!(
                text,
                "{}",
                more.replacen("failed", "failed in the same way", 1)
            );
        }
        let Some(failure) = group.first() else { return };
        indented(text, &failure.error);
        if self.verbosity == Verbosity::Verbose
            && let Some(backtrace) = &failure.backtrace
        {
            indented(text, backtrace);
        }
        let lines = failure.last_lines.as_deref().unwrap_or_default();
        let lines = last_lines(lines, &failure.error);
        if !lines.is_empty() {
            let _ = writeln!(text, "  last lines of its output:\n{}", quoted(&lines));
        }
        let again = if tally.verifies {
            Again::Verify
        } else if tally.is_rerun(failure.run) {
            // It has its older result again, so only `--rerun` does it again.
            Again::Rerun
        } else {
            Again::Missing
        };
        let label = tally.raw_label(failure.run);
        let command = self.program.selecting(&label, again);
        let which = if group.len() > 1 { " the first" } else { "" };
        let again = if tally.verifies { "verify" } else { "rerun" };
        let _ = writeln!(text, "  {again}{which} with: {command}");
    }

    /// `23 done (2 after several attempts)`
    fn done(&self, totals: &Totals) -> String {
        let done = self.style.good(format!("{} done", totals.finished));
        if totals.retried == 0 {
            return done.to_string();
        }
        let retried = format!("{} after several attempts", totals.retried);
        format!("{done} ({})", self.style.notable(retried))
    }

    /// `2 differ`
    fn differ(&self, number: usize) -> String {
        let verb = if number == 1 { "differs" } else { "differ" };
        self.style.bad(format!("{number} {verb}")).to_string()
    }

    /// `20 missing (enough had failed)`
    fn missing(&self, totals: &Totals) -> String {
        let missing = self.style.notable(format!("{} missing", totals.missing));
        if totals.is_given_up {
            format!("{missing} (enough had failed)")
        } else {
            missing.to_string()
        }
    }

    /// `digits: 60 runs: 36 cached, 23 done, 1 failed in 12.3 s`
    fn totals(&self, text: &mut String, totals: &Totals) {
        let (cached, finished) = (totals.cached, totals.finished);
        let (failed, stopped, missing) = (totals.failed, totals.stopped, totals.missing);
        let (same, differ, skipped) = (totals.same, totals.differ, totals.skipped);
        let verified = same + differ + skipped;
        let all = cached + finished + failed + stopped + missing + verified;
        if all == 0 {
            // A warning has told about a shard without runs.
            return;
        }
        let style = self.style;
        let counts: Vec<String> = [
            (cached, format!("{cached} cached")),
            (finished, self.done(totals)),
            (same, style.good(format!("{same} same")).to_string()),
            (differ, self.differ(differ)),
            (
                skipped,
                style.notable(format!("{skipped} not compared")).to_string(),
            ),
            (failed, style.bad(format!("{failed} failed")).to_string()),
            (
                stopped,
                style.notable(format!("{stopped} stopped")).to_string(),
            ),
            (missing, self.missing(totals)),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(_, text)| text)
        .collect();
        let time = match finished + failed + stopped + verified {
            0 => String::new(),
            _ => format!(" in {}", human::duration(totals.elapsed)),
        };
        let _ = writeln!(
            text,
            "{}: {}: {}{time}",
            self.program.name,
            human::count(all, "run"),
            counts.join(", ")
        );
    }
}

/// Returns the failures, those together that say the same, in the order of the first of each.
fn grouped<'a>(failures: &[&'a ShownFailure]) -> Vec<Vec<&'a ShownFailure>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&ShownFailure>> = Vec::new();
    for failure in failures {
        let said = failure.error.split(PRINTED).next().unwrap_or_default();
        let place = *places.entry(said).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(failure),
            None => groups.push(vec![failure]),
        }
    }
    let small = |group: Vec<&'a ShownFailure>| group.into_iter().map(|failure| vec![failure]);
    let mut split: Vec<Vec<&ShownFailure>> = Vec::new();
    for group in groups {
        if group.len() < EQUAL_MIN {
            split.extend(small(group));
        } else {
            split.push(group);
        }
    }
    split.sort_by_key(|group| group.first().map(|failure| failure.run));
    split
}

/// Returns the last lines that a failed run printed, without those that its error repeats.
fn last_lines<'a>(lines: &'a str, error: &str) -> Vec<&'a str> {
    let is_told = |line: &&str| line.trim().is_empty() || error.contains(line.trim());
    let mut lines: Vec<&str> = lines.lines().rev().collect();
    lines.retain(|line| !is_told(line));
    lines.truncate(LINES_MAX);
    lines.reverse();
    lines
}

/// Marks lines of a run's output.
pub(super) fn quoted(lines: &[&str]) -> String {
    let lines = lines
        .iter()
        .map(|line| format!("    | {}", printable(line.trim_end())));
    lines.collect::<Vec<_>>().join("\n")
}

fn indented(text: &mut String, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "  {}", printable_lines(line.trim_end()));
    }
}
