//! [`TableLayout`] fits columns of text into a width.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
};

use console::measure_text_width;

use super::{
    padding::{Align, pad, widest},
    text_column::{NOTHING, Role, TextColumn},
};
use crate::base::Style;

/// Separates two columns.
const GAP: &str = "  ";

/// Minimum width of a column that is shortened; then whole columns are left out.
const TEXT_WIDTH_MIN: usize = 16;

/// Columns of text with the widths that they have on the screen.
pub(super) struct TableLayout {
    columns: Vec<Placed>,
    /// The headings of the columns that found no place, in their order.
    pub(super) left_out: Vec<String>,
}

struct Placed {
    column: TextColumn,
    /// The lines of the heading.
    heading: Vec<String>,
    width: usize,
    width_min: usize,
}

impl TableLayout {
    /// Places `columns`. Where they do not fit, headings are broken, then long texts shortened, then columns left out.
    pub(super) fn new(columns: Vec<TextColumn>, width: Option<usize>) -> Self {
        let mut layout = Self {
            columns: columns.into_iter().map(Placed::new).collect(),
            left_out: Vec::new(),
        };
        let Some(width) = width else {
            return layout;
        };
        if layout.width(|placed| placed.width) > width {
            layout.columns.iter_mut().for_each(Placed::break_heading);
        }
        layout.leave_out(width);
        while layout.width(|placed| placed.width) > width
            && let Some(placed) = layout.widest()
        {
            placed.width -= 1;
        }
        layout
    }

    fn width(&self, of: impl Fn(&Placed) -> usize) -> usize {
        let gaps = self.columns.len().saturating_sub(1) * GAP.len();
        self.columns.iter().map(of).sum::<usize>() + gaps
    }

    /// Returns the widest column that can be narrower.
    fn widest(&mut self) -> Option<&mut Placed> {
        self.columns
            .iter_mut()
            .filter(|placed| placed.width > placed.width_min)
            .max_by_key(|placed| placed.width)
    }

    /// Leaves out as many columns as it takes, the least informative first; one field or name and one output stay.
    fn leave_out(&mut self, width: usize) {
        let mut is_left_out = vec![false; self.columns.len()];
        let mut total = self.width(|placed| placed.width_min);
        for place in dispensable(&self.columns) {
            if total <= width {
                break;
            }
            is_left_out[place] = true;
            total -= self.columns[place].width_min + GAP.len();
        }
        let columns = std::mem::take(&mut self.columns).into_iter();
        for (placed, is_left_out) in columns.zip(is_left_out) {
            if is_left_out {
                self.left_out.push(placed.column.heading);
            } else {
                self.columns.push(placed);
            }
        }
    }

    /// Returns the heading, a rule, and the rows; each line ends in `\n`.
    pub(super) fn write(&self, style: Style) -> String {
        let mut text = String::new();
        let lines = self
            .columns
            .iter()
            .map(|placed| placed.heading.len())
            .max()
            .unwrap_or(0);
        for line in 0..lines {
            let cells = self.columns.iter().map(|placed| {
                // Headings stand on the rule.
                let missing = lines - placed.heading.len();
                line.checked_sub(missing)
                    .map_or("", |line| &placed.heading[line])
            });
            let _ = writeln!(text, "{}", style.heading(self.line(cells)));
        }
        let rules: Vec<String> = self
            .columns
            .iter()
            .map(|placed| "─".repeat(placed.width))
            .collect();
        // Writing into a `String` cannot fail.
        let _ = writeln!(text, "{}", style.faint(rules.join(GAP)));
        let rows = self
            .columns
            .first()
            .map_or(0, |placed| placed.column.cells.len());
        for row in 0..rows {
            let cells = self
                .columns
                .iter()
                .map(|placed| placed.column.cells[row].as_str());
            text.push_str(&self.line(cells));
            text.push('\n');
        }
        text
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>) -> String {
        let mut line = String::new();
        for (index, (placed, cell)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                line.push_str(GAP);
            }
            line.push_str(&pad(cell, placed.width, placed.column.align));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

impl Placed {
    fn new(column: TextColumn) -> Self {
        let heading = vec![column.heading.clone()];
        let mut placed = Self {
            width: 0,
            width_min: 0,
            heading,
            column,
        };
        placed.measure();
        placed
    }

    fn measure(&mut self) {
        let heading = widest(&self.heading);
        let cells = widest(&self.column.cells);
        self.width = heading.max(cells);
        self.width_min = match self.column.align {
            Align::Left => heading.max(cells.min(TEXT_WIDTH_MIN)),
            Align::Right => self.width,
        };
    }

    /// Breaks the heading behind dots and underscores where it is wider than the cells.
    fn break_heading(&mut self) {
        let pieces: Vec<&str> = self.column.heading.split_inclusive(['.', '_']).collect();
        let width = widest(&pieces).max(widest(&self.column.cells));
        let mut lines = vec![String::new()];
        for piece in pieces {
            if let Some(line) = lines.last_mut()
                && measure_text_width(line) + measure_text_width(piece) <= width
            {
                line.push_str(piece);
            } else {
                lines.push(piece.to_owned());
            }
        }
        self.heading = lines;
        self.measure();
    }
}

/// Returns the places of the columns that can be left out, the first to go first. What tells the rows apart goes last.
fn dispensable(columns: &[Placed]) -> Vec<usize> {
    let of_role = |role: Role| {
        let places = 0..columns.len();
        places.filter(move |place| columns[*place].column.role == role)
    };
    let mut outputs: Vec<usize> = of_role(Role::Output).rev().collect();
    outputs.sort_by_key(|place| says_something(&columns[*place].column.cells));
    // The most informative output stays.
    outputs.pop();
    let says_little = |place: &usize| !says_something(&columns[*place].column.cells);
    let (little, outputs): (Vec<usize>, Vec<usize>) = outputs.into_iter().partition(says_little);
    let (mut redundant, mut needed) = redundant(columns);
    if of_role(Role::Name).next().is_none() && needed.pop().is_none() {
        redundant.pop();
    }
    let durations = of_role(Role::Duration);
    little
        .into_iter()
        .chain(durations)
        .chain(redundant)
        .chain(outputs)
        .chain(of_role(Role::Runs))
        .chain(needed)
        .collect()
}

/// Whether there are several values, for at least half of the rows.
fn says_something(cells: &[String]) -> bool {
    let is_empty = |cell: &&String| matches!(cell.as_str(), NOTHING | "none");
    let empty = cells.iter().filter(is_empty).count();
    cells.iter().any(|cell| *cell != cells[0]) && 2 * empty <= cells.len()
}

/// Returns the places of the fields without which the other fields, and the name, still tell as many rows apart; and of the
/// fields that are needed for that. Those with few values are the first.
fn redundant(columns: &[Placed]) -> (Vec<usize>, Vec<usize>) {
    let state = RandomState::new();
    let telling = columns
        .iter()
        .enumerate()
        .filter(|(_, placed)| matches!(placed.column.role, Role::Name | Role::Config));
    let hashes: HashMap<usize, Vec<u64>> = telling
        .map(|(place, placed)| {
            let cells = placed.column.cells.iter();
            (
                place,
                cells.map(|cell| state.hash_one((place, cell))).collect(),
            )
        })
        .collect();
    let rows = columns
        .first()
        .map_or(0, |placed| placed.column.cells.len());
    let mut together = vec![0_u64; rows];
    for hashes in hashes.values() {
        for (together, hash) in together.iter_mut().zip(hashes) {
            *together = together.wrapping_add(*hash);
        }
    }
    let distinct = |hashes: &[u64]| hashes.iter().collect::<HashSet<_>>().len();
    let told_apart = distinct(&together);
    let mut fields: Vec<usize> = (0..columns.len())
        .rev()
        .filter(|place| columns[*place].column.role == Role::Config)
        .collect();
    fields.sort_by_key(|place| distinct(&hashes[place]));
    fields.into_iter().partition(|place| {
        let pairs = together.iter().zip(&hashes[place]);
        let without: Vec<u64> = pairs
            .map(|(together, hash)| together.wrapping_sub(*hash))
            .collect();
        let is_redundant = distinct(&without) == told_apart;
        if is_redundant {
            together = without;
        }
        is_redundant
    })
}
