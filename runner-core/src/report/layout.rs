//! [`Layout`] fits columns of text into a width.

use std::{borrow::Cow, collections::HashSet, fmt::Write as _};

use console::{Alignment, measure_text_width, pad_str};

use super::column::{Align, Role, TextColumn};
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
    /// The place among all columns.
    index: usize,
}

impl TableLayout {
    /// Places `columns`. Where they do not fit, headings are broken, then long texts shortened, then columns left out.
    pub(super) fn new(columns: Vec<TextColumn>, width: Option<usize>) -> Self {
        let columns = columns.into_iter().enumerate();
        let mut layout = Self {
            columns: columns
                .map(|(index, column)| Placed::new(index, column))
                .collect(),
            left_out: Vec::new(),
        };
        let Some(width) = width else {
            return layout;
        };
        if layout.width(|placed| placed.width) > width {
            layout.columns.iter_mut().for_each(Placed::break_heading);
        }
        let mut left_out = Vec::new();
        while layout.width(|placed| placed.width_min) > width
            && let Some(place) = layout.least_informative()
        {
            left_out.push(layout.columns.remove(place));
        }
        left_out.sort_by_key(|placed| placed.index);
        layout.left_out = left_out
            .into_iter()
            .map(|placed| placed.column.heading)
            .collect();
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

    /// Returns the column to leave out next: of config and output the one with more columns gives its last output, or the field
    /// with the fewest values; one of each stays.
    fn least_informative(&self) -> Option<usize> {
        let of_role = |role| {
            self.columns
                .iter()
                .enumerate()
                .filter(move |(_, placed)| placed.column.role == role)
        };
        let configs = of_role(Role::Config).count();
        let outputs = of_role(Role::Output).count();
        let (place, _) = if outputs > 1 && outputs >= configs {
            of_role(Role::Output).next_back()
        } else if configs > 1 {
            // The last of several that have as few.
            of_role(Role::Config)
                .rev()
                .min_by_key(|(_, placed)| placed.column.cells.iter().collect::<HashSet<_>>().len())
        } else {
            of_role(Role::Duration)
                .next()
                .or_else(|| of_role(Role::Runs).next())
        }?;
        Some(place)
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
    fn new(index: usize, column: TextColumn) -> Self {
        let heading = vec![column.heading.clone()];
        let mut placed = Self {
            width: 0,
            width_min: 0,
            heading,
            column,
            index,
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

pub(super) fn widest<S: AsRef<str>>(texts: &[S]) -> usize {
    let widths = texts.iter().map(|text| measure_text_width(text.as_ref()));
    widths.max().unwrap_or(0)
}

/// Returns `text` in exactly `width` columns of the screen, with an ellipsis where something is missing.
pub(super) fn pad(text: &str, width: usize, align: Align) -> Cow<'_, str> {
    let align = match align {
        Align::Left => Alignment::Left,
        Align::Right => Alignment::Right,
    };
    pad_str(text, width, align, Some("…"))
}
