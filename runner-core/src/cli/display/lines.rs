//! [`Plain`] prints a line for each event, for logs and for terminals that cannot draw.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use console::StyledObject;

use super::{Live, summary::quoted, tally::Tally};
use crate::{
    base::{Style, human, printable},
    cli::request::Verbosity,
    execute::{Event, Verification},
};

/// Number of runs from which on lines are left out that come faster than they can be read.
const LINES_MAX: usize = 1_000;
const LINE_INTERVAL: Duration = Duration::from_millis(100);

/// Minimum time left for which an estimate is shown.
const TIME_LEFT_MIN: Duration = Duration::from_secs(10);

/// Number of a run's last printed lines in the status.
const STATUS_LINES_MAX: usize = 3;

pub(super) struct Plain<W> {
    out: W,
    program_name: String,
    verbosity: Verbosity,
    style: Style,
    last_line: Option<Instant>,
    /// The runs that a line called waiting.
    waiting: Vec<usize>,
}

impl<W: Write> Plain<W> {
    pub(super) fn new(out: W, program_name: &str, verbosity: Verbosity, style: Style) -> Self {
        Self {
            out,
            program_name: program_name.to_owned(),
            verbosity,
            style,
            last_line: None,
            waiting: Vec::new(),
        }
    }

    fn is_too_fast(&mut self, tally: &Tally, now: Instant) -> bool {
        let is_too_fast = tally.to_run > LINES_MAX
            && self.verbosity != Verbosity::Verbose
            && tally.done() < tally.to_run
            && self
                .last_line
                .is_some_and(|last| now.saturating_duration_since(last) < LINE_INTERVAL);
        if !is_too_fast {
            self.last_line = Some(now);
        }
        is_too_fast
    }

    fn text(&mut self, event: &Event, tally: &Tally, now: Instant) -> Option<String> {
        match event {
            Event::Planned {
                selected,
                cached,
                to_run: to_run @ 1..,
                jobs,
                chosen,
                ..
            } => {
                if let Some(how) = chosen {
                    let name = &self.program_name;
                    return Some(format!("{name}: {}", to_verify(*to_run, *jobs, how)));
                }
                let (name, runs) = (&self.program_name, human::count(*selected, "run"));
                let jobs = human::count(*jobs, "job");
                return Some(format!(
                    "{name}: {runs}: {cached} cached, {to_run} to run with {jobs}"
                ));
            }
            Event::Finished { .. }
            | Event::Verified {
                finding: Verification::Same,
                ..
            } if self.is_too_fast(tally, now) => return None,
            Event::Waiting { run, .. } if self.waiting.contains(run) => return None,
            Event::Waiting { run, .. } => self.waiting.push(*run),
            _ => {}
        }
        let text = line(event, tally, self.style, now)?;
        let time_left = tally.time_left(now).filter(|left| *left >= TIME_LEFT_MIN);
        Some(match (event, time_left) {
            (Event::Finished { .. } | Event::Verified { .. }, Some(left)) => {
                format!("{text}, about {} left", human::rough_duration(left))
            }
            _ => text,
        })
    }
}

impl<W: Write> Live for Plain<W> {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        // Runs go on when standard error is closed.
        let _ = match (event, self.text(event, tally, now)) {
            (Event::Output { bytes, .. }, _) => self.out.write_all(bytes),
            (_, Some(text)) => self.out.write_all((text + "\n").as_bytes()),
            (_, None) => Ok(()),
        };
    }
}

/// Returns the text about `event`, also for the bar: one line or more, without a line break at the end.
pub(super) fn line(event: &Event, tally: &Tally, style: Style, now: Instant) -> Option<String> {
    let label = |run: &usize| tally.label(*run);
    Some(match event {
        Event::Finished {
            run,
            duration,
            elsewhere,
            attempts,
            ..
        } => {
            let how = match (elsewhere, attempts) {
                (true, _) => "by another process".to_owned(),
                (false, 0..=1) => human::duration(*duration),
                (false, attempts) => {
                    let after = style.notable(format!("after {attempts} attempts"));
                    format!("{}, {after}", human::duration(*duration))
                }
            };
            let word = style.good("done   ");
            format!("{} {word} {} ({how})", counter(tally), label(run))
        }
        Event::Verified {
            run,
            duration,
            finding,
        } => {
            let (word, more) = verified(finding, style);
            let how = human::duration(*duration);
            format!("{} {word} {} ({how}){more}", counter(tally), label(run))
        }
        // The error is printed once, at the end.
        Event::Failed {
            run,
            duration,
            attempts,
            ..
        } => {
            let (word, how) = (style.bad("failed "), human::duration(*duration));
            let after = match attempts {
                0..=1 => String::new(),
                attempts => style
                    .notable(format!(", after {attempts} attempts"))
                    .to_string(),
            };
            format!("{} {word} {} ({how}{after})", counter(tally), label(run))
        }
        Event::Stopped {
            run,
            duration,
            text,
        } => {
            let (word, how) = (style.notable("stopped"), human::duration(*duration));
            let text = printable(text.lines().next().unwrap_or_default());
            format!("{word} {} ({how}): {text}", label(run))
        }
        Event::Waiting { run, holder } => {
            let (word, how) = (style.active("waiting"), printable(holder));
            format!("{} {word} {} ({how})", counter(tally), label(run))
        }
        Event::Retrying { run, error, delay } => {
            let (word, delay) = (style.notable("retry  "), human::duration(*delay));
            let error = printable(error.lines().next().unwrap_or_default());
            format!("{word} {} in {delay}: {error}", label(run))
        }
        Event::Note { run, text } => {
            let word = style.notable("note   ");
            format!("{word} {}: {}", label(run), printable(text))
        }
        Event::Slow {
            run,
            elapsed,
            timeout,
        } => {
            let (word, elapsed) = (style.notable("slow   "), human::duration(*elapsed));
            let limit = timeout.map_or_else(String::new, |timeout| {
                format!("; its limit is {}", human::duration(timeout))
            });
            format!(
                "{word} {} has been running for {elapsed}{limit}",
                label(run)
            )
        }
        Event::Resumed { after } if !after.is_zero() => {
            let (word, after) = (style.notable("resumed:"), human::duration(*after));
            format!("{word} after {after}, which are not counted")
        }
        Event::Interrupted { grace } => {
            let (word, grace) = (style.notable("interrupted:"), human::duration(*grace));
            format!(
                "{word} nothing more is started; what goes on may finish within {grace} (again: end it now)"
            )
        }
        Event::Status => status(tally, style, now),
        Event::Planned { .. }
        | Event::Started { .. }
        | Event::Suspended
        | Event::Resumed { .. }
        | Event::Output { .. }
        | Event::Ended { .. } => return None,
    })
}

/// Returns the word for what came of verifying a run, and the first of what there is to say; the rest is printed at the end.
fn verified(finding: &Verification, style: Style) -> (StyledObject<String>, String) {
    match finding {
        Verification::Same => (style.good("same   "), String::new()),
        Verification::Differs(differing) => {
            let first = differing.lines().into_iter().next().unwrap_or_default();
            (style.bad("differs"), format!(": {}", printable(&first)))
        }
        Verification::Skipped(why) => (style.notable("skipped"), format!(": {}", printable(why))),
    }
}

/// `18 runs to verify with 1 job: never verified by this code first, then the shortest`
pub(super) fn to_verify(runs: usize, jobs: usize, how: &str) -> String {
    let (runs, jobs) = (human::count(runs, "run"), human::count(jobs, "job"));
    format!("{runs} to verify with {jobs}{how}")
}

/// `[ 12/100]`
fn counter(tally: &Tally) -> String {
    let width = tally.to_run.to_string().len();
    format!("[{:>width$}/{}]", tally.done(), tally.to_run)
}

/// Returns a line of totals, and one for each run with the last lines that it printed.
fn status(tally: &Tally, style: Style, now: Instant) -> String {
    let mut lines = vec![format!(
        "{} {} of {} done, {} failed",
        style.active("status:"),
        tally.done(),
        human::count(tally.to_run, "run"),
        tally.failures.len()
    )];
    for running in &tally.running {
        let label = tally.label(running.run);
        let elapsed = human::duration(now.saturating_duration_since(running.since));
        lines.push(match running.progress.get() {
            Some((done, total)) => format!("  {label} ({elapsed}, {done}/{total})"),
            None => format!("  {label} ({elapsed})"),
        });
        let tail = running.tail.as_ref();
        let printed = tail.map_or_else(String::new, |tail| tail.last_lines(STATUS_LINES_MAX));
        if !printed.is_empty() {
            lines.push(quoted(&printed.lines().collect::<Vec<_>>()));
        }
    }
    for waiting in &tally.waiting {
        let label = tally.label(waiting.run);
        lines.push(format!("  {label} (waiting for {})", waiting.holder));
    }
    lines.join("\n")
}
