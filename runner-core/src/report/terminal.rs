//! The default table, as text for a terminal.

use std::fmt::Write as _;

use console::Term;
use unicode_width::UnicodeWidthStr;

use super::{layout::TableLayout, rows::Rows, table::Table};
use crate::base::{ColorChoice, Style};

/// The most rows that a terminal is given.
const ROWS_MAX: usize = 200;

/// The most columns that a note lists.
const HEADINGS_MAX: usize = 8;

/// The room for a table, and its style.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// The columns of the terminal, if it is one.
    pub(crate) width: Option<usize>,
    pub(crate) style: Style,
}

impl Screen {
    /// Text of any width without escape codes.
    pub(crate) const PLAIN: Self = Self {
        width: None,
        style: Style::PLAIN,
    };

    /// Returns what standard output can show now.
    pub(crate) fn stdout(color: ColorChoice) -> Self {
        let size = Term::stdout().size_checked();
        Self {
            width: size.map(|(_, columns)| usize::from(columns)),
            style: Style::for_stdout(color),
        }
    }
}

/// The table, and notes on what it does not show; each line ends in `\n`.
pub(crate) fn terminal(rows: &Rows<'_>, page: Screen) -> String {
    if let Some(nothing) = nothing(rows) {
        return nothing + "\n";
    }
    let mut table = Table::of(rows, ROWS_MAX);
    let layout = TableLayout::new(std::mem::take(&mut table.columns), page.width);
    let mut text = layout.write(page.style);
    for (start, items) in notes(&table, &layout.left_out) {
        for line in wrap(&start, &items, page.width) {
            let _ = writeln!(text, "{}", page.style.faint(line));
        }
    }
    text
}

/// What is said in place of a table without rows.
pub(crate) fn nothing(rows: &Rows<'_>) -> Option<String> {
    match rows.counts() {
        (0, 0, 0) => Some("no runs".to_owned()),
        (0, failed, 0) => Some(format!("no results: {failed} failed")),
        (0, 0, missing) => Some(format!("no results: {missing} missing")),
        (0, failed, missing) => Some(format!("no results: {failed} failed, {missing} missing")),
        _ => None,
    }
}

/// How each line below a table starts, and the items that follow.
fn notes(table: &Table, left_out: &[String]) -> Vec<(String, Vec<String>)> {
    let mut notes = Vec::new();
    if table.rows_more > 0 {
        let start = format!(
            "… {} more rows; --format csv has all",
            thousands(table.rows_more)
        );
        notes.push((start, Vec::new()));
    }
    if !left_out.is_empty() {
        let columns = if left_out.len() == 1 {
            "column"
        } else {
            "columns"
        };
        let start = format!(
            "… {} more {columns}; --format csv has all: ",
            left_out.len()
        );
        let mut items: Vec<String> = left_out.iter().take(HEADINGS_MAX).cloned().collect();
        if left_out.len() > HEADINGS_MAX {
            items.push("…".to_owned());
        }
        notes.push((start, items));
    }
    notes.extend(notes_on_values(table));
    notes
}

/// What is said below a table in any format.
pub(crate) fn notes_on_values(table: &Table) -> Vec<(String, Vec<String>)> {
    let mut notes = Vec::new();
    if !table.replicates.is_empty() {
        let start = "mean ± sample standard deviation over ".to_owned();
        notes.push((start, table.replicates.clone()));
    }
    if !table.constants.is_empty() {
        notes.push(("same for all: ".to_owned(), table.constants.clone()));
    }
    notes
}

/// `start` and the items with commas between them, on as many lines as they need.
fn wrap(start: &str, items: &[String], width: Option<usize>) -> Vec<String> {
    let width = width.unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    let mut line = start.to_owned();
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        if line.width() + 1 + item.width() + comma.len() > width {
            line.truncate(line.trim_end().len());
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
        } else if index > 0 {
            line.push(' ');
        }
        line.push_str(item);
        line.push_str(comma);
    }
    lines.push(line);
    lines
}

/// A number with its digits in groups of three.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
