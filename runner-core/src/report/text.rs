//! The default table as text, for a terminal and in Markdown.

use std::fmt::Write as _;

use console::Term;

use super::{
    layout::TableLayout,
    padding::{Align, pad, widest},
    rows::Rows,
    table::Table,
    text_column::{Spread, TextColumn},
};
use crate::base::{
    ColorChoice, Style,
    human::{self, wrap},
};

/// Maximum number of rows.
const ROWS_MAX: usize = 200;

/// Maximum number of columns that a note names.
const HEADINGS_MAX: usize = 8;

/// The room for a table, and its style.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Width of the terminal, if it is one.
    pub(crate) width: Option<usize>,
    pub(crate) style: Style,
}

impl Screen {
    /// Text of any width without escape codes.
    pub(crate) const PLAIN: Self = Self {
        width: None,
        style: Style::PLAIN,
    };

    /// Returns the width and style of standard output.
    pub(crate) fn stdout(color: ColorChoice) -> Self {
        let size = Term::stdout().size_checked();
        Self {
            width: size.map(|(_, columns)| usize::from(columns)),
            style: Style::for_stdout(color),
        }
    }
}

/// Returns the table, and notes on the rest; each line ends in `\n`.
pub(crate) fn terminal(rows: &Rows<'_>, page: Screen) -> String {
    if let Some(nothing) = nothing(rows) {
        return nothing + "\n";
    }
    let mut table = Table::of(rows, ROWS_MAX, Spread::Deviation);
    let layout = TableLayout::new(std::mem::take(&mut table.columns), page.width);
    let mut text = layout.write(page.style);
    table.columns_more.splice(0..0, layout.left_out);
    for (start, items) in notes(&table) {
        let width = page.width.unwrap_or(usize::MAX);
        for line in wrap(&start, with_commas(&items), "  ", width) {
            let _ = writeln!(text, "{}", page.style.faint(line));
        }
    }
    text
}

/// Returns the text in place of a table without rows.
pub(crate) fn nothing(rows: &Rows<'_>) -> Option<String> {
    let count = rows.count();
    match (count.done, count.failed, count.missing) {
        (0, 0, 0) => Some("no runs".to_owned()),
        (0, failed, 0) => Some(format!("no results: {failed} failed")),
        (0, 0, missing) => Some(format!("no results: {missing} missing")),
        (0, failed, missing) => Some(format!("no results: {failed} failed, {missing} missing")),
        _ => None,
    }
}

/// Returns the start of each note below a table, and its items.
fn notes(table: &Table) -> Vec<(String, Vec<String>)> {
    let mut notes = Vec::new();
    if table.rows_more > 0 {
        let rows = if table.rows_more == 1 { "row" } else { "rows" };
        let more = format!("… {} more {rows}", thousands(table.rows_more));
        let start = if table.is_top {
            more
        } else {
            format!("{more}; --format csv has all")
        };
        notes.push((start, Vec::new()));
    }
    notes.extend(notes_on_values(table));
    notes
}

/// Returns the notes below a table in any format.
pub(crate) fn notes_on_values(table: &Table) -> Vec<(String, Vec<String>)> {
    let mut notes = Vec::new();
    match table.columns_more.len() {
        0 => {}
        count => {
            let columns = human::count(count, "more column");
            let start = format!("… {columns}; --format csv has all: ");
            notes.push((start, first(&table.columns_more)));
        }
    }
    if !table.replicates.is_empty() {
        let start = match table.spread {
            Spread::Deviation => "mean ± sample standard deviation over ",
            Spread::Interval => "mean [95 % interval by Student's t] over ",
        };
        notes.push((start.to_owned(), table.replicates.clone()));
    }
    notes.extend(table.of_metrics.iter().cloned());
    if !table.constants.is_empty() {
        notes.push(("same for all: ".to_owned(), table.constants.clone()));
    }
    if !table.lists.is_empty() {
        notes.push(("only in --format json: ".to_owned(), first(&table.lists)));
    }
    notes
}

/// Returns the first headings, with an ellipsis for more.
fn first(headings: &[String]) -> Vec<String> {
    let mut items: Vec<String> = headings.iter().take(HEADINGS_MAX).cloned().collect();
    if headings.len() > HEADINGS_MAX {
        items.push("…".to_owned());
    }
    items
}

/// Returns the items with a comma behind each but the last.
fn with_commas(items: &[String]) -> impl Iterator<Item = String> {
    let last = items.len().saturating_sub(1);
    let commas = (0..items.len()).map(move |index| if index < last { "," } else { "" });
    items
        .iter()
        .zip(commas)
        .map(|(item, comma)| item.clone() + comma)
}

/// Returns a number with its digits in groups of three.
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

/// A table as GitHub and others read it, lined up to be read as it is too; each line ends in `\n`.
pub(super) fn markdown(rows: &Rows<'_>) -> String {
    if let Some(nothing) = nothing(rows) {
        return nothing + "\n";
    }
    let mut table = Table::of(rows, usize::MAX, Spread::Interval);
    for column in &mut table.columns {
        column.heading = escape(&column.heading);
        column
            .cells
            .iter_mut()
            .for_each(|cell| *cell = escape(cell));
    }
    let widths: Vec<usize> = table.columns.iter().map(width).collect();
    let columns = || table.columns.iter().zip(&widths);
    let mut text = String::new();
    line(
        &mut text,
        columns().map(|(column, width)| (column.heading.as_str(), *width, column.align)),
    );
    for (column, width) in columns() {
        let dashes = "-".repeat(width - 1);
        let rule = match column.align {
            Align::Left => ["| -", &dashes, " "],
            Align::Right => ["| ", &dashes, ": "],
        };
        text.extend(rule);
    }
    text.push_str("|\n");
    for row in 0..table.columns[0].cells.len() {
        line(
            &mut text,
            columns().map(|(column, width)| (column.cells[row].as_str(), *width, column.align)),
        );
    }
    for (start, items) in notes_on_values(&table) {
        text.extend(["\n", &start, &escape(&items.join(", ")), "\n"]);
    }
    text
}

/// The width of a column; three at least, for the dashes below its heading.
fn width(column: &TextColumn) -> usize {
    let heading = widest(&[&column.heading]);
    widest(&column.cells).max(heading).max(3)
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = (&'a str, usize, Align)>) {
    for (cell, width, align) in cells {
        text.extend(["| ", &pad(cell, width, align), " "]);
    }
    text.push_str("|\n");
}

/// `text` with a backslash before what Markdown would take for markup; underscores within words are safe.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '|' | '*' | '`' | '<') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
