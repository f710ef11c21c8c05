//! [`Bar`]: a bar on the terminal, and below it what is running.

use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::{
    Live,
    frame::{Room, frame},
    plain::{failed, finished},
    tally::Tally,
};
use crate::{cli::Style, execute::Event, request::Verbosity};

/// What ends sooner than this is not worth a bar.
const FIRST_DRAW: Duration = Duration::from_millis(200);
const DRAW_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct Bar {
    /// Draws over its last frame; what is in the frame is decided here.
    bar: ProgressBar,
    program_name: String,
    verbosity: Verbosity,
    style: Style,
    /// When the first run could start.
    started: Option<Instant>,
    last_draw: Option<Instant>,
}

impl Bar {
    pub(super) fn on_stderr(program_name: &str, verbosity: Verbosity, style: Style) -> Self {
        Self::on(ProgressDrawTarget::stderr(), program_name, verbosity, style)
    }

    fn on(
        target: ProgressDrawTarget,
        program_name: &str,
        verbosity: Verbosity,
        style: Style,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(None, target).with_finish(ProgressFinish::AndClear);
        if let Ok(template) = ProgressStyle::with_template("{msg}") {
            bar.set_style(template);
        }
        Self {
            bar,
            program_name: program_name.to_owned(),
            verbosity,
            style,
            started: None,
            last_draw: None,
        }
    }

    fn draw(&mut self, tally: &Tally, now: Instant) {
        let Some(started) = self.started else { return };
        let is_due = match self.last_draw {
            None => now.saturating_duration_since(started) >= FIRST_DRAW,
            Some(last) => now.saturating_duration_since(last) >= DRAW_INTERVAL,
        };
        if is_due {
            self.last_draw = Some(now);
            let (height, width) = Term::stderr().size();
            let room = Room {
                width: width.into(),
                height: height.into(),
            };
            let frame = frame(&self.program_name, tally, started, now, room, self.style);
            self.bar.set_message(frame);
            self.bar.tick();
        }
    }
}

impl Live for Bar {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        match event {
            Event::Planned { to_run: 1.., .. } => self.started = Some(now),
            Event::Finished {
                run,
                duration,
                elsewhere,
            } if self.verbosity == Verbosity::Verbose => {
                let line = finished(tally, self.style, *run, *duration, *elsewhere);
                self.bar.println(line);
            }
            Event::Failed { run, duration, .. } => {
                self.bar.println(failed(tally, self.style, *run, *duration));
            }
            _ => {}
        }
        self.draw(tally, now);
    }

    fn tick(&mut self, tally: &Tally, now: Instant) {
        self.draw(tally, now);
    }

    fn clear(&mut self) {
        self.started = None;
        self.bar.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // A panic must not leave half a frame behind.
        self.bar.finish_and_clear();
    }
}
