//! [`Bar`]: a bar on the terminal, and below it what is running.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use console::Term;

use super::{
    Live,
    canvas::Canvas,
    frame::{Room, frame},
    notice::notice,
    plain::{failed, finished},
    tally::Tally,
};
use crate::{base::Style, cli::request::Verbosity, execute::Event};

/// What ends sooner than this is not worth a bar.
const FIRST_DRAW: Duration = Duration::from_millis(200);
const DRAW_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct Bar {
    canvas: Canvas,
    program_name: String,
    verbosity: Verbosity,
    style: Style,
    has_keys: bool,
    /// When the first run could start.
    started: Option<Instant>,
    last_draw: Option<Instant>,
}

impl Bar {
    pub(super) fn on_stderr(
        program_name: &str,
        verbosity: Verbosity,
        style: Style,
        has_keys: bool,
    ) -> Self {
        let mut bar = Self::on(Box::new(io::stderr()), program_name, verbosity, style);
        bar.has_keys = has_keys;
        bar
    }

    fn on(
        out: Box<dyn Write + Send>,
        program_name: &str,
        verbosity: Verbosity,
        style: Style,
    ) -> Self {
        Self {
            canvas: Canvas::new(out),
            program_name: program_name.to_owned(),
            verbosity,
            style,
            has_keys: false,
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
                has_keys: self.has_keys,
            };
            let frame = frame(&self.program_name, tally, started, now, room, self.style);
            self.canvas.draw(frame);
        }
    }
}

impl Live for Bar {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        match event {
            Event::Planned { to_run: 1.., .. } => self.started = Some(now),
            Event::Finished { .. } if self.verbosity == Verbosity::Verbose => {
                if let Some(line) = finished(event, tally, self.style) {
                    self.canvas.print_line(&line);
                }
            }
            Event::Failed { run, duration, .. } => {
                let line = failed(tally, self.style, *run, *duration);
                self.canvas.print_line(&line);
            }
            Event::Output { bytes, .. } => self.canvas.print(bytes),
            _ => {
                if let (Event::Resumed { after }, Some(started)) = (event, &mut self.started) {
                    *started += *after;
                }
                if let Some(line) = notice(event, tally, self.style, now) {
                    self.canvas.print_line(&line);
                }
            }
        }
        self.draw(tally, now);
    }

    fn tick(&mut self, tally: &Tally, now: Instant) {
        self.draw(tally, now);
    }

    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        self.canvas.suspend(stop);
    }

    fn clear(&mut self) {
        self.started = None;
        self.canvas.clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // A panic must not leave half a frame behind.
        self.canvas.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::Screen;
    use super::*;

    fn bar(screen: &Screen) -> Bar {
        let out = Box::new(screen.clone());
        Bar::on(out, "digits", Verbosity::Normal, Style::PLAIN)
    }

    fn plan(bar: &mut Bar, tally: &mut Tally, to_run: usize, now: Instant) {
        let event = Event::Planned {
            selected: to_run,
            cached: 0,
            to_run,
            jobs: 1,
            label_of: Arc::new(|run| run.to_string()),
            rerun: Vec::new(),
        };
        tally.count(&event, now);
        bar.event(&event, tally, now);
    }

    #[test]
    fn a_bar_comes_late_and_leaves_nothing() {
        let (screen, mut tally) = (Screen::default(), Tally::default());
        let (mut bar, start) = (bar(&screen), Instant::now());
        plan(&mut bar, &mut tally, 3, start);
        bar.tick(&tally, start + Duration::from_millis(199));
        assert_eq!(screen.take(), "");
        bar.tick(&tally, start + FIRST_DRAW);
        assert!(screen.take().contains("digits [>"));
        bar.tick(&tally, start + FIRST_DRAW + Duration::from_millis(1));
        assert_eq!(screen.take(), "");
        drop(bar);
        assert_eq!(screen.take(), "\r\x1b[J");
    }

    #[test]
    fn without_runs_there_is_no_bar() {
        let (screen, mut tally) = (Screen::default(), Tally::default());
        let (mut bar, start) = (bar(&screen), Instant::now());
        plan(&mut bar, &mut tally, 0, start);
        bar.tick(&tally, start + Duration::from_secs(9));
        bar.clear();
        assert!(!screen.take().contains("digits"));
    }
}
