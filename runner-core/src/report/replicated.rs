//! The table of groups of replicates: one row a group, with mean and spread.

use super::{
    cells::{Align, Role, TextColumn, number},
    column::{Columns, Grouping, output_leaves},
    rows::DoneRow,
    table::{Table, transpose},
};
use crate::api::Summary;
use crate::value::{Names, Schema, Value};

/// The values of one output in one group.
type Values = Vec<Option<Value>>;

/// Adds to `table` the columns for `groups`, each of which is one row.
pub(super) fn fill(
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

/// What is no number and differs: each value and how often it is there, as `true ×3, false ×2`.
fn tally(values: &[Option<Value>]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for value in values {
        let text = value
            .as_ref()
            .map_or_else(|| "-".to_owned(), super::cells::text);
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
