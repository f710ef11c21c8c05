//! The default table in Markdown, to be pasted.

use super::{
    column::{Align, TextColumn},
    layout::{pad, widest},
    rows::Rows,
    table::Table,
    terminal::{notes_on_values, nothing},
};

/// A table as GitHub and others read it, lined up to be read as it is too; each line ends in `\n`.
pub(super) fn markdown(rows: &Rows<'_>) -> String {
    if let Some(nothing) = nothing(rows) {
        return nothing + "\n";
    }
    let mut table = Table::of(rows, usize::MAX);
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
