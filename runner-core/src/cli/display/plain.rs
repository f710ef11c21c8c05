//! [`Plain`]: a line for each run, for logs and for terminals that cannot draw.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use super::{Live, notice::notice, tally::Tally};
use crate::{
    base::{Style, human},
    cli::request::Verbosity,
    execute::Event,
};

/// With more runs than this, lines are left out that come faster than anybody reads.
const LINES_MAX: usize = 1_000;
const LINE_INTERVAL: Duration = Duration::from_millis(100);

/// An end that is nearer than this needs no estimate.
const TIME_LEFT_MIN: Duration = Duration::from_secs(10);

pub(super) struct Plain<W> {
    out: W,
    program_name: String,
    verbosity: Verbosity,
    style: Style,
    last_line: Option<Instant>,
    /// The runs that were said to be waiting.
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

    fn line(&mut self, mut line: String) {
        line.push('\n');
        // Runs go on when nobody reads about them any more.
        let _ = self.out.write_all(line.as_bytes());
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
}

impl<W: Write> Live for Plain<W> {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        match event {
            Event::Planned {
                selected,
                cached,
                to_run: to_run @ 1..,
                jobs,
                ..
            } => {
                let line = format!(
                    "{}: {}: {cached} cached, {to_run} to run with {}",
                    self.program_name,
                    human::count(*selected, "run"),
                    human::count(*jobs, "job"),
                );
                self.line(line);
            }
            Event::Finished { .. } => {
                if !self.is_too_fast(tally, now)
                    && let Some(line) = finished(event, tally, self.style)
                {
                    let time_left = tally.time_left(now).filter(|left| *left >= TIME_LEFT_MIN);
                    let line = line
                        + &time_left.map_or_else(String::new, |left| {
                            format!(", about {} left", human::rough_duration(left))
                        });
                    self.line(line);
                }
            }
            Event::Failed { run, duration, .. } => {
                self.line(failed(tally, self.style, *run, *duration));
            }
            Event::Waiting { run, holder } if !self.waiting.contains(run) => {
                self.waiting.push(*run);
                let line = format!(
                    "{} {} {} ({})",
                    counter(tally),
                    self.style.active("waiting"),
                    tally.label(*run),
                    human::printable(holder)
                );
                self.line(line);
            }
            Event::Output { bytes, .. } => {
                let _ = self.out.write_all(bytes);
            }
            Event::Planned { .. }
            | Event::Waiting { .. }
            | Event::Started { .. }
            | Event::Suspended
            | Event::Ended { .. } => {}
            Event::Retrying { .. }
            | Event::Slow { .. }
            | Event::Resumed { .. }
            | Event::Interrupted { .. }
            | Event::Note { .. }
            | Event::Status => {
                if let Some(line) = notice(event, tally, self.style, now) {
                    self.line(line);
                }
            }
        }
    }
}

/// `[ 12/100] done    base learning_rate=0.1 (1.24 s, after 3 attempts)`
pub(super) fn finished(event: &Event, tally: &Tally, style: Style) -> Option<String> {
    let Event::Finished {
        run,
        duration,
        elsewhere,
        attempts,
        ..
    } = event
    else {
        return None;
    };
    let how = match (elsewhere, attempts) {
        (true, _) => "by another process".to_owned(),
        (false, 0..=1) => human::duration(*duration),
        (false, attempts) => {
            let after = style.notable(format!("after {attempts} attempts"));
            format!("{}, {after}", human::duration(*duration))
        }
    };
    let word = style.good("done   ");
    let label = tally.label(*run);
    Some(format!("{} {word} {label} ({how})", counter(tally)))
}

/// `[ 13/100] failed  base learning_rate=10 (1.24 s)`; why is told once, at the end.
pub(super) fn failed(tally: &Tally, style: Style, run: usize, duration: Duration) -> String {
    let word = style.bad("failed ");
    let duration = human::duration(duration);
    format!(
        "{} {word} {} ({duration})",
        counter(tally),
        tally.label(run)
    )
}

fn counter(tally: &Tally) -> String {
    let width = tally.to_run.to_string().len();
    format!("[{:>width$}/{}]", tally.done(), tally.to_run)
}
