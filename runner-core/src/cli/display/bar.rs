//! [`Bar`]: a bar on the terminal, and below it what is running.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::{
    Live,
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
    /// Draws over its last frame; what is in the frame is decided here.
    canvas: ProgressBar,
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
        let mut bar = Self::on(ProgressDrawTarget::stderr(), program_name, verbosity, style);
        bar.has_keys = has_keys;
        bar
    }

    fn on(
        target: ProgressDrawTarget,
        program_name: &str,
        verbosity: Verbosity,
        style: Style,
    ) -> Self {
        let canvas =
            ProgressBar::with_draw_target(None, target).with_finish(ProgressFinish::AndClear);
        if let Ok(template) = ProgressStyle::with_template("{msg}") {
            canvas.set_style(template);
        }
        Self {
            canvas,
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
            self.canvas.set_message(frame);
            self.canvas.tick();
        }
    }
}

impl Live for Bar {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        match event {
            Event::Planned { to_run: 1.., .. } => self.started = Some(now),
            Event::Finished { .. } if self.verbosity == Verbosity::Verbose => {
                if let Some(line) = finished(event, tally, self.style) {
                    self.canvas.println(line);
                }
            }
            Event::Failed { run, duration, .. } => {
                self.canvas
                    .println(failed(tally, self.style, *run, *duration));
            }
            Event::Output { bytes, .. } => self.canvas.suspend(|| {
                // Runs go on when nobody reads about them any more.
                let _ = io::stderr().write_all(bytes);
            }),
            _ => {
                if let (Event::Resumed { after }, Some(started)) = (event, &mut self.started) {
                    *started += *after;
                }
                if let Some(line) = notice(event, tally, self.style, now) {
                    self.canvas.println(line);
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
        self.canvas.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // A panic must not leave half a frame behind.
        self.canvas.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use indicatif::TermLike;

    use super::*;

    /// A terminal that remembers what was done to it.
    #[derive(Clone, Debug, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl Recorder {
        fn add(&self, what: impl Into<String>) {
            let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            done.push(what.into());
        }

        fn take(&self) -> String {
            let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *done).join("|")
        }
    }

    impl TermLike for Recorder {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.add(line);
            Ok(())
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.add(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.add("clear");
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bar(recorder: &Recorder) -> Bar {
        let target = ProgressDrawTarget::term_like(Box::new(recorder.clone()));
        Bar::on(target, "digits", Verbosity::Normal, Style::PLAIN)
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
        let (recorder, mut tally) = (Recorder::default(), Tally::default());
        let (mut bar, start) = (bar(&recorder), Instant::now());
        plan(&mut bar, &mut tally, 3, start);
        bar.tick(&tally, start + Duration::from_millis(199));
        assert_eq!(recorder.take(), "");
        bar.tick(&tally, start + FIRST_DRAW);
        assert!(recorder.take().contains("digits [>"));
        bar.tick(&tally, start + FIRST_DRAW + Duration::from_millis(1));
        assert_eq!(recorder.take(), "");
        drop(bar);
        assert_eq!(recorder.take(), "clear");
    }

    #[test]
    fn without_runs_there_is_no_bar() {
        let (recorder, mut tally) = (Recorder::default(), Tally::default());
        let (mut bar, start) = (bar(&recorder), Instant::now());
        plan(&mut bar, &mut tally, 0, start);
        bar.tick(&tally, start + Duration::from_secs(9));
        bar.clear();
        assert!(!recorder.take().contains("digits"));
    }
}
