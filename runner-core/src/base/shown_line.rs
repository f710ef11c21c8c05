//! [`shown_line`]: a printed line as a terminal shows it.

use std::{iter::Peekable, str::Chars};

/// Maximum number of characters of a line.
const WIDTH_MAX: usize = 400;
/// Distance of tab stops.
const TAB: usize = 8;

/// Returns a line as a terminal shows it in the end: without escape sequences, with carriage returns and backspaces done, and cut.
pub(crate) fn shown_line(line: &str) -> String {
    let mut shown = ShownLine::default();
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' => shown.column = 0,
            '\x08' => shown.column = shown.column.saturating_sub(1),
            '\x07' => {}
            '\t' => {
                let stop = (shown.column / TAB + 1) * TAB;
                while shown.column < stop {
                    shown.put(' ');
                }
            }
            '\x1b' => shown.escape(&mut rest),
            _ => shown.put(character),
        }
    }
    let mut text: String = shown.cells.iter().take(WIDTH_MAX).collect();
    if shown.cells.len() > WIDTH_MAX {
        text.push('…');
    }
    text.truncate(text.trim_end().len());
    text
}

#[derive(Default)]
struct ShownLine {
    cells: Vec<char>,
    column: usize,
}

impl ShownLine {
    fn put(&mut self, character: char) {
        if self.cells.len() <= self.column {
            self.cells.resize(self.column + 1, ' ');
        }
        self.cells[self.column] = character;
        self.column += 1;
    }

    /// Does what a sequence says that concerns the line. All others, such as colors, are left out.
    fn escape(&mut self, rest: &mut Peekable<Chars<'_>>) {
        match rest.next() {
            Some('[') => {
                let mut parameters = String::new();
                let end = rest.find(|next| {
                    let is_end = ('@'..='~').contains(next);
                    if !is_end {
                        parameters.push(*next);
                    }
                    is_end
                });
                let number = parameters.parse().unwrap_or(0_usize);
                // Nothing that is cut is worth room.
                let column = number.min(WIDTH_MAX);
                match end {
                    Some('K' | 'J') if number == 2 => self.cells.clear(),
                    Some('K' | 'J') if number == 0 => self.cells.truncate(self.column),
                    Some('G') => self.column = column.saturating_sub(1),
                    Some('C') => self.column += column.max(1),
                    Some('D') => self.column = self.column.saturating_sub(column.max(1)),
                    _ => {}
                }
            }
            // A title or a link, until a bell or another escape sequence.
            Some(']') => {
                let end = rest.find(|next| ['\x07', '\x1b'].contains(next));
                if end == Some('\x1b') {
                    rest.next();
                }
            }
            Some('(' | ')') => {
                rest.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(shown_line(line), expected);
    }

    #[test]
    fn what_is_written_over_is_gone() {
        check("10 %\r20 %\r30 %", "30 %");
        check("10 %\r20 %\r", "20 %");
        check("downloading\rdone", "doneloading");
        check("downloading\r\x1b[Kdone", "done");
        check("downloading\x1b[2K\rdone", "done");
        check("abc\x08\x08X", "aXc");
        check("ab\x1b[1GX\x1b[5Gend", "Xb  end");
    }

    #[test]
    fn colors_titles_and_links_are_left_out() {
        check("\x1b[1;31merror\x1b[0m: no", "error: no");
        check(
            "\x1b]0;title\x07a \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
            "a link",
        );
        check("a\tb", "a       b");
        check("cut \x1b[", "cut");
    }

    #[test]
    fn long_lines_are_cut() {
        let progress = (0..10_000).map(|step| format!("step {step} of 10000\r"));
        check(&progress.collect::<String>(), "step 9999 of 10000");
        let cut = shown_line(&"x".repeat(67_779));
        assert_eq!(cut, "x".repeat(WIDTH_MAX) + "…");
        let far = shown_line("\x1b[99999999999Cx");
        assert!(far.chars().count() <= WIDTH_MAX + 1);
    }
}
