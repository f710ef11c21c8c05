//! Lines about what is neither the start nor the end of a run.

use std::time::Instant;

use super::tally::Tally;
use crate::{
    base::{Style, human, printable},
    execute::Event,
};

/// How many of the last lines that a run printed are shown with the status.
const LINES_MAX: usize = 3;

/// What is said of `event`, if it is anything to be noticed; one line or more, without a line break at the end.
pub(super) fn notice(event: &Event, tally: &Tally, style: Style, now: Instant) -> Option<String> {
    match event {
        Event::Retrying { run, error, delay } => Some(format!(
            "{} {} in {}: {}",
            style.notable("retry  "),
            tally.label(*run),
            human::duration(*delay),
            printable(error.lines().next().unwrap_or_default())
        )),
        Event::Note { run, text } => Some(format!(
            "{} {}: {}",
            style.notable("note   "),
            tally.label(*run),
            printable(text)
        )),
        Event::Slow {
            run,
            elapsed,
            timeout,
        } => {
            let limit = timeout.map_or_else(String::new, |timeout| {
                format!("; its limit is {}", human::duration(timeout))
            });
            Some(format!(
                "{} {} has been running for {}{limit}",
                style.notable("slow   "),
                tally.label(*run),
                human::duration(*elapsed)
            ))
        }
        Event::Resumed { after } if !after.is_zero() => Some(format!(
            "{} after {}, which are not counted",
            style.notable("resumed:"),
            human::duration(*after)
        )),
        Event::Interrupted { grace } => Some(format!(
            "{} nothing more is started; what goes on may finish within {} (again: end it now)",
            style.notable("interrupted:"),
            human::duration(*grace)
        )),
        Event::Status => Some(status(tally, style, now)),
        _ => None,
    }
}

/// What a run printed, set off from what is said about it.
pub(super) fn quoted(lines: &[&str]) -> String {
    let lines = lines
        .iter()
        .map(|line| format!("    | {}", printable(line.trim_end())));
    lines.collect::<Vec<_>>().join("\n")
}

/// What is going on: a line of totals and one for each run, with the last that it printed.
fn status(tally: &Tally, style: Style, now: Instant) -> String {
    let mut lines = vec![format!(
        "{} {} of {} done, {} failed",
        style.active("status:"),
        tally.done(),
        human::count(tally.to_run, "run"),
        tally.failures.len()
    )];
    for running in &tally.running {
        let elapsed = human::duration(now.saturating_duration_since(running.since));
        let progress = running
            .progress
            .get()
            .map_or_else(String::new, |(done, total)| format!(", {done}/{total}"));
        lines.push(format!(
            "  {} ({elapsed}{progress})",
            tally.label(running.run)
        ));
        let tail = running.tail.as_ref();
        let printed = tail.map_or_else(String::new, |tail| tail.last_lines(LINES_MAX));
        if !printed.is_empty() {
            lines.push(quoted(&printed.lines().collect::<Vec<_>>()));
        }
    }
    for waiting in &tally.waiting {
        lines.push(format!(
            "  {} (waiting for {})",
            tally.label(waiting.run),
            waiting.holder
        ));
    }
    lines.join("\n")
}
