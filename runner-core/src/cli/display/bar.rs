//! [`Bar`]: a bar on the terminal, and the current runs below it.

use std::{
    fmt::Write as _,
    io::Write,
    time::{Duration, Instant},
};

use console::Term;

use super::{
    Live,
    frame::{Room, frame},
    lines::line,
    tally::Tally,
};
use crate::{base::Style, cli::request::Verbosity, execute::Event};

/// Time before the first frame; a shorter invocation has none.
const FIRST_DRAW: Duration = Duration::from_millis(200);
const DRAW_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct Bar {
    canvas: Canvas,
    program_name: String,
    verbosity: Verbosity,
    style: Style,
    has_keys: bool,
    started: Option<Instant>,
    last_draw: Option<Instant>,
}

impl Bar {
    pub(super) fn new(
        out: Box<dyn Write + Send>,
        program_name: &str,
        verbosity: Verbosity,
        style: Style,
        has_keys: bool,
    ) -> Self {
        Self {
            canvas: Canvas::new(out),
            program_name: program_name.to_owned(),
            verbosity,
            style,
            has_keys,
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
            Event::Output { bytes, .. } => self.canvas.print(bytes),
            // The frame shows them.
            Event::Waiting { .. } => {}
            Event::Finished { .. } if self.verbosity != Verbosity::Verbose => {}
            _ => {
                if let (Event::Resumed { after }, Some(started)) = (event, &mut self.started) {
                    *started += *after;
                }
                if let Some(line) = line(event, tally, self.style, now) {
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

/// Clears the rest of the line.
const CLEAR_LINE: &str = "\x1b[K";
/// Clears the rest of the line and all lines below.
const CLEAR_BELOW: &str = "\x1b[J";

/// Draws a frame and prints above it.
pub(super) struct Canvas {
    out: Box<dyn Write + Send>,
    /// The frame that is on the terminal, with the cursor at the end of its last line; no line wraps.
    frame: Option<String>,
}

impl Canvas {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out, frame: None }
    }

    /// Draws over the last frame, line by line so that nothing flickers.
    pub(super) fn draw(&mut self, frame: String) {
        let mut text = self.to_start();
        text += &drawn(&frame);
        self.write(text.as_bytes());
        self.frame = Some(frame);
    }

    /// Prints a line above the frame.
    pub(super) fn print_line(&mut self, line: &str) {
        self.print(format!("{line}\n").as_bytes());
    }

    /// Prints whole lines above the frame.
    pub(super) fn print(&mut self, lines: &[u8]) {
        let mut bytes = self.cleared().into_bytes();
        bytes.extend_from_slice(lines);
        if let Some(frame) = &self.frame {
            bytes.extend_from_slice(drawn(frame).as_bytes());
        }
        self.write(&bytes);
    }

    /// Leaves the terminal clean until `stop` returns.
    pub(super) fn suspend(&mut self, stop: &mut dyn FnMut()) {
        let frame = self.frame.clone();
        self.clear();
        stop();
        if let Some(frame) = frame {
            self.draw(frame);
        }
    }

    pub(super) fn clear(&mut self) {
        let text = self.cleared();
        self.write(text.as_bytes());
        self.frame = None;
    }

    fn cleared(&self) -> String {
        let mut text = self.to_start();
        if self.frame.is_some() {
            text += CLEAR_BELOW;
        }
        text
    }

    /// Moves the cursor to where the frame begins.
    fn to_start(&self) -> String {
        let Some(frame) = &self.frame else {
            return String::new();
        };
        let mut text = "\r".to_owned();
        let lines_above = frame.matches('\n').count();
        if lines_above > 0 {
            // Writing to a string can't fail.
            let _ = write!(text, "\x1b[{lines_above}A");
        }
        text
    }

    /// Writes at once, so that a frame is never seen half drawn.
    fn write(&mut self, bytes: &[u8]) {
        // Runs go on when standard error is closed.
        let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
    }
}

fn drawn(frame: &str) -> String {
    frame.replace('\n', &format!("{CLEAR_LINE}\n")) + CLEAR_BELOW
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::Screen;
    use super::*;

    fn bar(screen: &Screen) -> Bar {
        let out = Box::new(screen.clone());
        Bar::new(out, "digits", Verbosity::Normal, Style::PLAIN, false)
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

    #[test]
    fn frames_are_drawn_over_and_lines_stand_above() {
        let screen = Screen::default();
        let mut canvas = Canvas::new(Box::new(screen.clone()));
        canvas.print_line("before");
        assert_eq!(screen.take(), "before\n");
        canvas.draw("bar\n  run".to_owned());
        assert_eq!(screen.take(), "bar\x1b[K\n  run\x1b[J");
        canvas.draw("bar".to_owned());
        assert_eq!(screen.take(), "\r\x1b[1Abar\x1b[J");
        canvas.print_line("line");
        assert_eq!(screen.take(), "\r\x1b[Jline\nbar\x1b[J");
        canvas.suspend(&mut || assert_eq!(screen.take(), "\r\x1b[J"));
        assert_eq!(screen.take(), "bar\x1b[J");
        canvas.clear();
        canvas.clear();
        assert_eq!(screen.take(), "\r\x1b[J");
    }
}
