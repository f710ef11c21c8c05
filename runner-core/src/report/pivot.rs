//! Writes a [`Pivot`].

use std::fmt;

use super::{
    Screen,
    layout::TableLayout,
    padding::Align,
    text_column::{NOTHING, Role, Spread, TextColumn},
};
use crate::{
    api::Pivot,
    base::{Estimate, printable},
};

impl<R: fmt::Debug, C: fmt::Debug> fmt::Display for Pivot<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = |key: &dyn fmt::Debug| printable(&format!("{key:?}")).into_owned();
        let rows = self.rows().iter().map(|row| texts(row)).collect();
        let columns: Vec<String> = self.columns().iter().map(|column| texts(column)).collect();
        let estimates = |column: usize| {
            let rows = 0..self.rows().len();
            rows.map(|row| self.get(row, column).copied()).collect()
        };
        let estimates: Vec<Vec<Option<Estimate>>> = (0..columns.len()).map(estimates).collect();
        f.write_str(&written(rows, &columns, &estimates, f.width()))
    }
}

/// Returns the table of some estimates, by column.
fn written(
    rows: Vec<String>,
    headings: &[String],
    columns: &[Vec<Option<Estimate>>],
    width: Option<usize>,
) -> String {
    if rows.is_empty() {
        return "no runs\n".to_owned();
    }
    let mut table = vec![TextColumn::new(Role::Name, "", Align::Left, rows)];
    for (heading, estimates) in headings.iter().zip(columns) {
        let known = estimates
            .iter()
            .map(|estimate| estimate.filter(|estimate| estimate.n.done > 0));
        let known: Vec<Option<Estimate>> = known.collect();
        let mut column = TextColumn::of_estimates(Role::Output, heading, &known, Spread::Deviation);
        for (cell, estimate) in column.cells.iter_mut().zip(estimates) {
            match estimate {
                Some(estimate) if !estimate.n.is_complete() => {
                    let count = format!("({} of {})", estimate.n.done, estimate.n.planned);
                    *cell = if cell == NOTHING {
                        count
                    } else {
                        format!("{cell} {count}")
                    };
                }
                _ => {}
            }
        }
        table.push(column);
    }
    TableLayout::new(table, width).write(Screen::PLAIN.style)
}
