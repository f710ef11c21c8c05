//! The displays on standard error, during the runs and at their end.

// Circle: display, display/bar, display/lines: the two displays implement the trait of the module that chooses one.

mod bar;
mod frame;
mod lines;
mod summary;
mod tally;

use std::{
    io::{self, Write},
    time::Instant,
};

use bar::Bar;
use lines::Plain;
use summary::ClosingText;
use tally::Tally;

use super::program::Program;
use super::request::{ProgressMode, Request, Verbosity};
use crate::base::{Style, can_draw, is_terminal};
use crate::execute::{Event, Listener};

/// Returns the display that `request` asks for.
///
/// With `has_keys`, it names the key for the status.
pub(crate) fn listener(
    program: &Program,
    request: &Request,
    has_keys: bool,
) -> Box<dyn Listener + Send> {
    let style = Style::for_stderr(request.color);
    let summary = ClosingText {
        program: program.clone(),
        verbosity: request.verbosity,
        style,
    };
    let mode = match (request.verbosity, request.progress) {
        (Verbosity::Quiet, _) => ProgressMode::None,
        (_, ProgressMode::Auto) if can_draw() => ProgressMode::Bar,
        // Only a terminal has lines to draw over.
        (_, ProgressMode::Bar) if is_terminal() => ProgressMode::Bar,
        (_, ProgressMode::Auto | ProgressMode::Bar) => ProgressMode::Plain,
        (_, mode) => mode,
    };
    let (out, name, verbosity) = (io::stderr(), &program.name, request.verbosity);
    let live: Box<dyn Live + Send> = match mode {
        ProgressMode::Bar => Box::new(Bar::new(Box::new(out), name, verbosity, style, has_keys)),
        ProgressMode::Plain => Box::new(Plain::new(out, name, verbosity, style)),
        ProgressMode::Auto | ProgressMode::None => Box::new(Nothing),
    };
    Box::new(Display::new(live, summary, io::stderr()))
}

/// The display before the end.
trait Live {
    /// Shows `event`, which the tally has counted already.
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant);

    fn tick(&mut self, _: &Tally, _: Instant) {}

    /// Leaves the terminal clean until `stop` returns.
    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        stop();
    }

    /// Leaves the terminal clean.
    fn clear(&mut self) {}
}

struct Nothing;

impl Live for Nothing {
    fn event(&mut self, _: &Event, _: &Tally, _: Instant) {}
}

/// Shows the runs, then the summary.
struct Display<W> {
    tally: Tally,
    live: Box<dyn Live + Send>,
    summary: ClosingText,
    out: W,
}

impl<W: Write> Display<W> {
    fn new(live: Box<dyn Live + Send>, summary: ClosingText, out: W) -> Self {
        Self {
            tally: Tally::default(),
            live,
            summary,
            out,
        }
    }
}

impl<W: Write> Listener for Display<W> {
    fn event(&mut self, event: &Event) {
        let now = Instant::now();
        self.tally.count(event, now);
        self.live.event(event, &self.tally, now);
        if let Event::Ended { totals } = event {
            self.live.clear();
            let text = self.summary.render(&self.tally, totals);
            // Runs go on when standard error is closed.
            let _ = self.out.write_all(text.as_bytes());
        }
    }

    fn tick(&mut self) {
        self.live.tick(&self.tally, Instant::now());
    }

    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        self.live.suspend(stop);
    }
}

#[cfg(test)]
mod tests;
