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
    lines::{line, to_verify},
    tally::Tally,
};
use crate::{
    base::Style,
    cli::request::Verbosity,
    execute::{Event, Verification},
};

/// Time before the first frame; a shorter invocation has none.
const FIRST_DRAW: Duration = Duration::from_millis(200);
const DRAW_INTERVAL: Duration = Duration::from_millis(100);
/// Minimum number of lines above the frame.
const LINES_ABOVE_MIN: usize = 2;

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
            self.canvas.draw(&frame, height.into());
        }
    }
}

impl Live for Bar {
    fn event(&mut self, event: &Event, tally: &Tally, now: Instant) {
        match event {
            Event::Planned {
                to_run: to_run @ 1..,
                jobs,
                chosen,
                ..
            } => {
                self.started = Some(now);
                if let Some(how) = chosen {
                    let text = to_verify(*to_run, *jobs, how);
                    let line = format!("{}: {text}", self.program_name);
                    self.canvas.print_line(&line);
                }
            }
            Event::Output { bytes, .. } => self.canvas.print(bytes),
            // The frame shows them.
            Event::Waiting { .. } => {}
            Event::Finished { .. }
            | Event::Verified {
                finding: Verification::Same,
                ..
            } if self.verbosity != Verbosity::Verbose => {}
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
        self.canvas.clear();
        stop();
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

/// The bar's place: the last lines of the terminal, outside the region that scrolls. Whatever else prints, such as runs in threads,
/// their helpers and bars of their own, does so inside the region, where nothing is drawn over.
pub(super) struct Canvas {
    out: Box<dyn Write + Send>,
    place: Option<SetApart>,
}

/// The lines that are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SetApart {
    /// The number of lines of the terminal.
    height: usize,
    lines: usize,
}

impl SetApart {
    /// The number of the last line that scrolls; lines count from 1.
    fn above(self) -> usize {
        self.height - self.lines
    }
}

/// Saves the cursor, and brings it back. All else that moves it is between the two, in one write.
const SAVE: &str = "\x1b7";
const RESTORE: &str = "\x1b8";
/// Clears the rest of the line.
const CLEAR_LINE: &str = "\x1b[K";
/// Clears the rest of the line and all lines below.
const CLEAR_BELOW: &str = "\x1b[J";

impl Canvas {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out, place: None }
    }

    /// Draws a frame, no line of which wraps, at the end of a terminal with `height` lines.
    pub(super) fn draw(&mut self, frame: &str, height: usize) {
        let drawn = frame.split('\n').count();
        let lines = match self.place {
            // Not fewer than before, so that nothing jumps.
            Some(place) if place.height == height => place.lines.max(drawn),
            _ => drawn,
        };
        if lines + LINES_ABOVE_MIN > height {
            self.clear();
            return;
        }
        let place = SetApart { height, lines };
        let mut text = self.set_apart(place);
        let above = place.above();
        // The region is set each time, as a program may have reset it.
        // Writing into a `String` cannot fail, here and below.
        let _ = write!(text, "{SAVE}\x1b[1;{above}r");
        let rows = frame.split('\n').chain(std::iter::repeat(""));
        for (row, line) in (above + 1..=height).zip(rows) {
            let _ = write!(text, "\x1b[{row};1H{line}{CLEAR_LINE}");
        }
        text += RESTORE;
        self.write(text.as_bytes());
    }

    /// Makes room for lines below the cursor, unless they are set apart already.
    fn set_apart(&mut self, place: SetApart) -> String {
        let mut text = String::new();
        let missing = match self.place.replace(place) {
            Some(before) if before == place => 0,
            Some(before) if before.height == place.height => place.lines - before.lines,
            Some(_) => {
                // The size has changed, and the lines of the last frame are anywhere below the cursor.
                text = format!("{SAVE}\x1b[r{RESTORE}{CLEAR_BELOW}");
                place.lines
            }
            None => place.lines,
        };
        if missing > 0 {
            // Down, which scrolls at the end, and up again; the column stays.
            text += &"\x1bD".repeat(missing);
            let _ = write!(text, "\x1b[{missing}A");
        }
        text
    }

    /// Prints a line above the frame.
    pub(super) fn print_line(&mut self, line: &str) {
        self.print(format!("{line}\n").as_bytes());
    }

    /// Prints whole lines above the frame.
    pub(super) fn print(&mut self, lines: &[u8]) {
        self.write(lines);
    }

    /// Removes the frame, so that the whole terminal scrolls again.
    pub(super) fn clear(&mut self) {
        if let Some(place) = self.place.take() {
            let row = place.above() + 1;
            let text = format!("{SAVE}\x1b[r\x1b[{row};1H{CLEAR_BELOW}{RESTORE}");
            self.write(text.as_bytes());
        }
    }

    /// Writes at once, so that nothing that others print comes between.
    fn write(&mut self, bytes: &[u8]) {
        // Runs go on when standard error is closed.
        let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
    }
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
            chosen: None,
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
        assert!(screen.take().starts_with("\x1b7\x1b[r"));
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
    fn frames_have_their_own_lines() {
        let screen = Screen::default();
        let mut canvas = Canvas::new(Box::new(screen.clone()));
        canvas.print_line("before");
        assert_eq!(screen.take(), "before\n");
        canvas.draw("bar\n  run", 24);
        let frame = "\x1b7\x1b[1;22r\x1b[23;1Hbar\x1b[K\x1b[24;1H  run\x1b[K\x1b8";
        assert_eq!(screen.take(), format!("\x1bD\x1bD\x1b[2A{frame}"));
        canvas.print_line("line");
        assert_eq!(screen.take(), "line\n");
        canvas.draw("bar", 24);
        let frame = "\x1b7\x1b[1;22r\x1b[23;1Hbar\x1b[K\x1b[24;1H\x1b[K\x1b8";
        assert_eq!(screen.take(), frame);
        canvas.draw("bar", 10);
        let frame = "\x1b7\x1b[1;9r\x1b[10;1Hbar\x1b[K\x1b8";
        let resized = "\x1b7\x1b[r\x1b8\x1b[J\x1bD\x1b[1A";
        assert_eq!(screen.take(), format!("{resized}{frame}"));
        canvas.clear();
        canvas.clear();
        assert_eq!(screen.take(), "\x1b7\x1b[r\x1b[10;1H\x1b[J\x1b8");
        canvas.draw("bar", 2);
        assert_eq!(screen.take(), "", "there is no room");
    }
}
