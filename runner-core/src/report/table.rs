//! [`Table`]: the default report as columns of text, before it is laid out.

use std::time::Duration;

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
    /// Returns the table of the first `rows_max` runs, or groups of replicates if there are any.
    pub(super) fn of(rows: &Rows<'_>, rows_max: usize) -> Self {
        let columns = Columns::of(rows);
        let (runs, _, _) = rows.counts();
        let mut shown = columns.config.shown();
        let has_replicates = shown.any(|column| column.part == Grouping::Replicate);
        let replicates = has_replicates.then(|| rows.replicates());
        let replicates = replicates.filter(|groups| groups.len() < runs);
        let mut table = Self {
            constants: columns
                .config
                .constant()
                .map(|column| format!("{}={}", column.heading, text(&column.first)))
                .collect(),
            ..Self::default()
        };
        if let Some(groups) = replicates {
            let shown = &groups[..groups.len().min(rows_max)];
            table.rows_more = groups.len() - shown.len();
            table.replicates = columns
                .config
                .shown()
                .filter(|column| column.part == Grouping::Replicate)
                .map(|column| column.heading.clone())
                .collect();
            let mut groups = shown.iter();
            let names_differ =
                groups.any(|group| group[0].facts.name() != shown[0][0].facts.name());
            table.fill(rows.schema, &columns, shown, names_differ, true);
        } else {
            let shown: Vec<_> = rows.done().take(rows_max).map(|run| vec![run]).collect();
            table.rows_more = runs - shown.len();
            table.fill(rows.schema, &columns, &shown, columns.names_differ, false);
        }
        table
    }

    /// Adds the columns for `groups`, each of which is one row.
    fn fill(
        &mut self,
        schema: &Schema,
        columns: &Columns,
        groups: &[Vec<DoneRow<'_>>],
        names_differ: bool,
        has_replicates: bool,
    ) {
        let is_common: Vec<bool> = columns
            .config
            .shown()
            .map(|column| !has_replicates || column.part == Grouping::Group)
            .collect();
        let firsts = groups.iter().map(|group| &group[0]);
        if names_differ || !is_common.contains(&true) {
            let names = firsts
                .clone()
                .map(|run| printable(run.facts.name()).into_owned());
            self.push(Role::Name, "name", Align::Left, names.collect());
        }
        let rows = firsts.map(|run| {
            let values = columns
                .config
                .values(run.config.leaves(schema, Names::Serde));
            common(values.into_iter(), &is_common).collect()
        });
        let values = transpose(rows);
        for (column, values) in common(columns.config.shown(), &is_common).zip(&values) {
            let column = TextColumn::of_values(Role::Config, &column.heading, values);
            self.columns.push(column);
        }
        if has_replicates {
            let counts = groups.iter().map(|group| group.len().to_string());
            self.push(Role::Runs, "runs", Align::Right, counts.collect());
        }
        let rows = groups.iter().map(|group| {
            let values = group
                .iter()
                .map(|run| columns.output.values(output_leaves(run.output)));
            transpose(values)
        });
        for (column, groups) in columns.output.shown().zip(transpose(rows)) {
            self.columns.push(output(&column.heading, &groups));
        }
        let durations = groups.iter().map(|group| {
            let total: Duration = group.iter().map(|run| run.facts.duration).sum();
            human::duration(total / u32::try_from(group.len()).unwrap_or(u32::MAX))
        });
        self.push(
            Role::Duration,
            "duration",
            Align::Right,
            durations.collect(),
        );
    }

    fn push(&mut self, role: Role, heading: &str, align: Align, cells: Vec<String>) {
        self.columns.push(TextColumn {
            role,
            heading: heading.to_owned(),
            align,
            cells,
        });
    }
}

/// Returns those of `items` at whose places `is_common` is true.
fn common<T>(items: impl Iterator<Item = T>, is_common: &[bool]) -> impl Iterator<Item = T> {
    let items = items.zip(is_common);
    items.filter_map(|(item, is_common)| is_common.then_some(item))
}

/// Returns the columns of rows.
fn transpose<T>(rows: impl Iterator<Item = Vec<T>>) -> Vec<Vec<T>> {
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

/// Returns the column of one output: the value if the runs of each group agree, the mean and spread of numbers, or a count of
/// each value.
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
        let text = value.as_ref().map_or_else(|| "-".to_owned(), text);
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
