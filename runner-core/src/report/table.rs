//! [`Table`]: the default report as columns of text, before it is laid out.

// Circle: replicated, table: a table of replicates is a `Table` with other columns.

use super::{
    cells::{Align, Role, TextColumn, text},
    column::{Columns, Grouping, output_leaves},
    replicated,
    rows::{DoneRow, Rows},
};
use crate::{
    base::{human, printable},
    value::{Names, Value},
};

/// The columns of a table, and what is said below it.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<TextColumn>,
    /// The fields that all runs have in common, as `epochs=10`.
    pub(super) constants: Vec<String>,
    /// The fields over which there are means and spreads.
    pub(super) replicates: Vec<String>,
    /// How many rows are left out.
    pub(super) rows_more: usize,
}

impl Table {
    /// The table of the first `rows_max` runs, or groups of replicates if there are any.
    pub(super) fn of(rows: &Rows<'_>, rows_max: usize) -> Self {
        let columns = Columns::of(rows);
        let (runs, _, _) = rows.counts();
        let mut table = Self {
            constants: columns
                .config
                .constant()
                .map(|column| format!("{}={}", column.heading, text(&column.first)))
                .collect(),
            ..Self::default()
        };
        if columns
            .config
            .shown()
            .any(|column| column.part == Grouping::Replicate)
        {
            let groups = rows.replicates();
            if groups.len() < runs {
                let shown = &groups[..groups.len().min(rows_max)];
                table.rows_more = groups.len() - shown.len();
                replicated::fill(&mut table, rows.schema, &columns, shown);
                return table;
            }
        }
        let shown: Vec<DoneRow<'_>> = rows.done().take(rows_max).collect();
        table.rows_more = runs - shown.len();
        table.fill(rows, &columns, &shown);
        table
    }

    fn fill(&mut self, rows: &Rows<'_>, columns: &Columns, shown: &[DoneRow<'_>]) {
        if columns.names_differ || columns.config.shown().next().is_none() {
            self.push_names(shown.iter().map(|run| run.facts.name()));
        }
        let configs = shown.iter().map(|run| {
            columns
                .config
                .values(run.config.leaves(rows.schema, Names::Serde))
        });
        let headings = columns.config.shown().map(|column| column.heading.as_str());
        self.push_values(Role::Config, headings, configs);
        let outputs = shown
            .iter()
            .map(|run| columns.output.values(output_leaves(run.output)));
        let headings = columns.output.shown().map(|column| column.heading.as_str());
        self.push_values(Role::Output, headings, outputs);
        self.push_durations(shown.iter().map(|run| run.facts.duration));
    }

    pub(super) fn push_names<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.columns.push(TextColumn {
            role: Role::Name,
            heading: "name".to_owned(),
            align: Align::Left,
            cells: names.map(|name| printable(name).into_owned()).collect(),
        });
    }

    pub(super) fn push_durations(&mut self, durations: impl Iterator<Item = std::time::Duration>) {
        self.columns.push(TextColumn {
            role: Role::Duration,
            heading: "duration".to_owned(),
            align: Align::Right,
            cells: durations.map(human::duration).collect(),
        });
    }

    /// Adds a column for each of `headings`; each of `rows` has a value for each of them.
    pub(super) fn push_values<'a>(
        &mut self,
        role: Role,
        headings: impl Iterator<Item = &'a str>,
        rows: impl Iterator<Item = Vec<Option<Value>>>,
    ) {
        for (heading, values) in headings.zip(transpose(rows)) {
            self.columns
                .push(TextColumn::of_values(role, heading, &values));
        }
    }
}

/// Rows to columns.
pub(super) fn transpose<T>(rows: impl Iterator<Item = Vec<T>>) -> Vec<Vec<T>> {
    let mut columns: Vec<Vec<T>> = Vec::new();
    for row in rows {
        columns.resize_with(row.len(), Vec::new);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}
