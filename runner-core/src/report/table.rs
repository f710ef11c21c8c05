//! [`Table`]: the default report as columns of text, before it is laid out.

use super::{
    column::{Align, Columns, Grouping, Role, TextColumn, number, output_leaves, text},
    rows::{DoneRow, Rows},
};
use crate::{
    api::Summary,
    base::{human, printable},
    value::{Names, Schema, Value},
};

/// The columns of a table, and what is said below it.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<TextColumn>,
    /// The fields that all runs have in common, as `epochs=10`.
    pub(super) constants: Vec<String>,
    /// The fields over which there are means and spreads.
    pub(super) replicates: Vec<String>,
    /// Number of rows that are left out.
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
                fill_replicated(&mut table, rows.schema, &columns, shown);
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

/// The values of one output in one group.
type Values = Vec<Option<Value>>;

/// Adds to `table` the columns for `groups`, each of which is one row.
fn fill_replicated(
    table: &mut Table,
    schema: &Schema,
    columns: &Columns,
    groups: &[Vec<DoneRow<'_>>],
) {
    let is_common: Vec<bool> = columns
        .config
        .shown()
        .map(|column| column.part == Grouping::Group)
        .collect();
    let names_differ = groups
        .iter()
        .any(|group| group[0].facts.name() != groups[0][0].facts.name());
    if names_differ || !is_common.contains(&true) {
        table.push_names(groups.iter().map(|group| group[0].facts.name()));
    }
    let rows = groups.iter().map(|group| {
        let leaves = group[0].config.leaves(schema, Names::Serde);
        let values = columns.config.values(leaves).into_iter().zip(&is_common);
        values
            .filter(|(_, is_common)| **is_common)
            .map(|(value, _)| value)
            .collect()
    });
    let common = columns.config.shown().zip(&is_common);
    let headings = common
        .filter(|(_, is_common)| **is_common)
        .map(|(column, _)| column.heading.as_str());
    table.push_values(Role::Config, headings, rows);
    table.columns.push(TextColumn {
        role: Role::Runs,
        heading: "runs".to_owned(),
        align: Align::Right,
        cells: groups.iter().map(|group| group.len().to_string()).collect(),
    });
    let rows = groups.iter().map(|group| {
        let values = group
            .iter()
            .map(|run| columns.output.values(output_leaves(run.output)));
        transpose(values)
    });
    for (column, groups) in columns.output.shown().zip(transpose(rows)) {
        table.columns.push(output(&column.heading, &groups));
    }
    table.push_durations(groups.iter().map(|group| {
        let count = u32::try_from(group.len()).unwrap_or(u32::MAX);
        group
            .iter()
            .map(|run| run.facts.duration)
            .sum::<std::time::Duration>()
            / count
    }));
    table.replicates = columns
        .config
        .shown()
        .filter(|column| column.part == Grouping::Replicate)
        .map(|column| column.heading.clone())
        .collect();
}

/// The column of one output: mean and spread of numbers that differ, and as it is what replicates agree on.
fn output(heading: &str, groups: &[Values]) -> TextColumn {
    let values = groups.iter().flatten().flatten();
    if groups.iter().all(|values| agree(values)) {
        let firsts: Values = groups.iter().map(|values| values[0].clone()).collect();
        TextColumn::of_values(Role::Output, heading, &firsts)
    } else if values.clone().all(|value| number(value).is_some()) {
        let summaries: Vec<Option<Summary>> = groups
            .iter()
            .map(|values| values.iter().flatten().filter_map(number).collect())
            .map(|summary: Summary| (summary.count > 0).then_some(summary))
            .collect();
        TextColumn::of_summaries(Role::Output, heading, &summaries)
    } else {
        TextColumn {
            role: Role::Output,
            heading: heading.to_owned(),
            align: Align::Left,
            cells: groups.iter().map(|values| tally(values)).collect(),
        }
    }
}

fn agree(values: &[Option<Value>]) -> bool {
    values.iter().all(|value| match (value, &values[0]) {
        (Some(value), Some(first)) => value.is_same(first),
        (value, first) => value.is_none() && first.is_none(),
    })
}

/// Returns each value that is no number and its count, as `true ×3, false ×2`.
fn tally(values: &[Option<Value>]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for value in values {
        let text = value
            .as_ref()
            .map_or_else(|| "-".to_owned(), super::column::text);
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counts.push((text, 1)),
        }
    }
    match counts.as_slice() {
        [(text, _)] => text.clone(),
        counts => {
            let counts = counts
                .iter()
                .map(|(text, count)| format!("{text} ×{count}"));
            counts.collect::<Vec<_>>().join(", ")
        }
    }
}
