//! [`Canvas`]: the last lines of a terminal, which are drawn over again and again.

use std::{fmt::Write as _, io::Write};

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
        // Runs go on when nobody reads about them any more.
        let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
    }
}

fn drawn(frame: &str) -> String {
    frame.replace('\n', &format!("{CLEAR_LINE}\n")) + CLEAR_BELOW
}

#[cfg(test)]
mod tests {
    use super::{super::tests::Screen, *};

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
