//! [`Terminal`]: a terminal for programs under test, which shows what people would see.

use std::{
    fs::File,
    io::Read,
    process::{Command, ExitStatus, Stdio},
    thread,
};

use nix::pty::{Winsize, openpty};

/// The screen of a terminal, and the lines that have left it at the top.
pub(crate) struct Terminal {
    rows: Vec<Vec<char>>,
    pub(crate) gone: Vec<String>,
    width: usize,
    row: usize,
    column: usize,
    saved: (usize, usize),
    /// The first and the last row that scroll.
    region: (usize, usize),
}

impl Terminal {
    fn new(height: usize, width: usize) -> Self {
        Self {
            rows: vec![Vec::new(); height],
            gone: Vec::new(),
            width,
            row: 0,
            column: 0,
            saved: (0, 0),
            region: (0, height - 1),
        }
    }

    /// Runs a program to its end with both streams on a terminal of this size, and shows all that it wrote there.
    pub(crate) fn run(command: &mut Command, height: u16, width: u16) -> (Self, ExitStatus) {
        let size = Winsize {
            ws_row: height,
            ws_col: width,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let terminal = openpty(&size, None).expect("there are terminals");
        let stdout = terminal.slave.try_clone().expect("it can be cloned");
        let mut child = command
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(terminal.slave)
            .spawn()
            .expect("the program can be started");
        // The command keeps the other end open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut master = File::from(terminal.master);
        let reader = thread::spawn(move || {
            let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = master.read(&mut chunk) {
                bytes.extend_from_slice(&chunk[..count]);
            }
            bytes
        });
        let status = child.wait().expect("it can be waited for");
        let bytes = reader.join().expect("the terminal can be read");
        let mut shown = Self::new(height.into(), width.into());
        shown.write(&String::from_utf8_lossy(&bytes));
        (shown, status)
    }

    /// All lines, from the first that was written on.
    pub(crate) fn lines(&self) -> Vec<String> {
        let rows = self.rows.iter().map(|row| text(row));
        self.gone.iter().cloned().chain(rows).collect()
    }

    /// Whether the whole screen scrolls.
    pub(crate) fn is_released(&self) -> bool {
        self.region == (0, self.rows.len() - 1)
    }

    fn write(&mut self, written: &str) {
        let mut rest = written.chars();
        while let Some(character) = rest.next() {
            match character {
                '\r' => self.column = 0,
                '\n' => self.down(),
                '\x1b' => match rest.next() {
                    Some('7') => self.saved = (self.row, self.column),
                    Some('8') => (self.row, self.column) = self.saved,
                    Some('D') => self.down(),
                    Some('[') => {
                        let mut parameters = String::new();
                        let end = rest.by_ref().find(|next| {
                            parameters.push(*next);
                            next.is_ascii_alphabetic()
                        });
                        parameters.pop();
                        self.control(end.expect("sequences end"), &parameters);
                    }
                    other => panic!("an escape sequence that is not known: {other:?}"),
                },
                _ => self.put(character),
            }
        }
    }

    fn put(&mut self, character: char) {
        if self.column == self.width {
            self.column = 0;
            self.down();
        }
        let row = &mut self.rows[self.row];
        while row.len() <= self.column {
            row.push(' ');
        }
        row[self.column] = character;
        self.column += 1;
    }

    fn down(&mut self) {
        let (first, last) = self.region;
        if self.row == last {
            let gone = self.rows.remove(first);
            self.rows.insert(last, Vec::new());
            if first == 0 {
                self.gone.push(text(&gone));
            }
        } else {
            self.row = (self.row + 1).min(self.rows.len() - 1);
        }
    }

    fn control(&mut self, end: char, parameters: &str) {
        let mut numbers = parameters
            .split(';')
            .map(|number| number.parse::<usize>().ok());
        let first = numbers.next().flatten();
        let second = numbers.next().flatten();
        match end {
            'A' => self.row -= first.unwrap_or(1).min(self.row),
            'H' => {
                self.row = first.unwrap_or(1) - 1;
                self.column = second.unwrap_or(1) - 1;
            }
            'r' => {
                let last = second.unwrap_or(self.rows.len());
                self.region = (first.unwrap_or(1) - 1, last - 1);
                (self.row, self.column) = (0, 0);
            }
            'K' => self.rows[self.row].truncate(self.column),
            'J' => {
                self.rows[self.row].truncate(self.column);
                self.rows[self.row + 1..].fill(Vec::new());
            }
            'm' => {}
            other => panic!("a control sequence that is not known: {parameters}{other}"),
        }
    }
}

fn text(row: &[char]) -> String {
    row.iter().collect::<String>().trim_end().to_owned()
}
