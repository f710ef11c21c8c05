//! [`Table`]: the default report as columns of text, before it is laid out.

use std::time::Duration;

use super::{
    column::{Columns, Detail},
    measures::Measures,
    outputs::output,
    padding::Align,
    places::{config_column, replicate_fields},
    rows::{RowGroup, Rows},
    section::Grouping,
    suites::suites,
    text_column::{NOTHING, Role, Spread, TextColumn, text},
};
use crate::{
    base::{human, printable},
    value::Value,
};

/// Maximum number of columns of fields, and of outputs.
const COLUMNS_MAX: usize = 100;

/// The columns of a table, and what is said below it.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<TextColumn>,
    /// The fields that all runs have in common, as `epochs=10`.
    pub(super) constants: Vec<String>,
    /// The fields over which there are means and spreads.
    pub(super) replicates: Vec<String>,
    pub(super) spread: Spread,
    /// What is to say about the metrics: the start of each note, and its items.
    pub(super) of_metrics: Vec<(String, Vec<String>)>,
    /// The lists of the outputs, for which there are no columns.
    pub(super) lists: Vec<String>,
    /// Number of rows that are left out.
    pub(super) rows_more: usize,
    /// Whether that is asked for.
    pub(super) is_top: bool,
    /// The headings of the columns that are left out.
    pub(super) columns_more: Vec<String>,
}

impl Table {
    /// Returns the table of the first `rows_max` runs, or groups of replicates if there are any.
    pub(super) fn of(rows: &Rows<'_>, rows_max: usize, spread: Spread) -> Self {
        let columns = Columns::of(rows, Detail::People);
        let rows_max = rows_max.min(rows.order.top.unwrap_or(usize::MAX));
        let config = &columns.config.columns;
        let replicates = replicate_fields(&columns);
        let groups = (!replicates.is_empty()).then(|| rows.replicates());
        let groups = groups.filter(|groups| groups.len() < rows.all.len());
        let constants = config.iter().filter(|column| column.is_constant());
        let mut table = Self {
            constants: constants
                .map(|column| format!("{}={}", column.heading, text(&column.first)))
                .collect(),
            spread,
            lists: columns.lists.clone(),
            is_top: rows.order.top.is_some(),
            ..Self::default()
        };
        if let Some(mut groups) = groups {
            table.replicates = replicates;
            if let Some(by) = &rows.order.by {
                by.sort_groups(&mut groups);
            }
            let measures = Measures::of_metrics(rows, &columns, &groups);
            table.rows_more = groups.len().saturating_sub(rows_max);
            groups.truncate(rows_max);
            table.fill(rows, &columns, &groups, true);
            table.fill_results(rows, &columns, &groups, &measures);
        } else {
            let done = rows.all.iter().filter(|row| row.done().is_some());
            let shown = done.clone().take(rows_max);
            let shown: Vec<_> = shown.map(|row| RowGroup::new(vec![row])).collect();
            table.rows_more = done.count() - shown.len();
            let measures = Measures::of_metrics(rows, &columns, &shown);
            table.fill(rows, &columns, &shown, false);
            table.fill_results(rows, &columns, &shown, &measures);
        }
        table
    }

    /// Adds the columns that tell `groups` apart, each of which is one row.
    fn fill(
        &mut self,
        rows: &Rows<'_>,
        columns: &Columns,
        groups: &[RowGroup<'_>],
        has_replicates: bool,
    ) {
        let config = &columns.config;
        let is_root_enum = !rows.members.variants.is_empty();
        let mut cells = config.cells(is_root_enum);
        cells.retain(|cell| {
            let column = &config.columns[cell.place];
            !column.is_constant() && (!has_replicates || column.part == Grouping::Group)
        });
        self.shorten(&mut cells, |cell| &config.columns[cell.place].heading);
        let name = |group: &RowGroup<'_>| printable(group.all[0].facts.name()).into_owned();
        let first = groups.first().map(name);
        let names_differ = if has_replicates {
            groups.iter().any(|group| Some(name(group)) != first)
        } else {
            columns.names_differ
        };
        if names_differ || cells.is_empty() {
            self.push(Role::Name, "name", Align::Left, groups.iter().map(name));
        }
        let values: Vec<Vec<Option<Value>>> = groups
            .iter()
            .map(|group| columns.config_values(group.all[0], rows.schema))
            .collect();
        for cell in &cells {
            self.columns.push(config_column(config, cell, &values));
        }
        if has_replicates {
            let counts = groups
                .iter()
                .map(|group| (group.done.len(), group.all.len()));
            let is_complete = counts.clone().all(|(done, planned)| done == planned);
            let counts = counts.map(|(done, planned)| {
                if is_complete {
                    done.to_string()
                } else {
                    format!("{done} of {planned}")
                }
            });
            self.push(Role::Runs, "runs", Align::Right, counts);
        }
    }

    /// Adds the columns for what the runs gave.
    fn fill_results(
        &mut self,
        rows: &Rows<'_>,
        columns: &Columns,
        groups: &[RowGroup<'_>],
        measures: &[Measures],
    ) {
        if measures.is_empty() {
            self.fill_outputs(columns, groups);
        } else {
            self.fill_metrics(groups.len(), measures);
            self.of_metrics.extend(suites(rows));
            self.lists.clear();
        }
        let durations = groups.iter().map(|group| {
            let total: Duration = group.done.iter().map(|run| run.facts.duration).sum();
            let count = u32::try_from(group.done.len()).unwrap_or(u32::MAX);
            total
                .checked_div(count)
                .map_or_else(|| NOTHING.to_owned(), human::duration)
        });
        self.push(Role::Duration, "duration", Align::Right, durations);
    }

    fn fill_outputs(&mut self, columns: &Columns, groups: &[RowGroup<'_>]) {
        let of_outputs = &columns.output.columns;
        let is_shown = |place: &usize| {
            of_outputs[*place].first != Value::None || !of_outputs[*place].is_constant()
        };
        let mut places: Vec<usize> = (0..of_outputs.len()).filter(is_shown).collect();
        self.shorten(&mut places, |place| &of_outputs[*place].heading);
        let mut values: Vec<Vec<Vec<Option<Value>>>> = places
            .iter()
            .map(|_| groups.iter().map(|_| Vec::new()).collect())
            .collect();
        for (row, group) in groups.iter().enumerate() {
            for run in &group.done {
                let mut of_run = columns.output_values(Some(run.output));
                for (values, &place) in values.iter_mut().zip(&places) {
                    values[row].push(of_run[place].take());
                }
            }
        }
        for (values, &place) in values.iter().zip(&places) {
            self.columns
                .push(output(&of_outputs[place].heading, values, self.spread));
        }
    }

    /// Leaves out all columns but the first ones.
    fn shorten<'c, C>(&mut self, columns: &mut Vec<C>, heading: impl Fn(&C) -> &'c String) {
        let left_out = columns.drain(columns.len().min(COLUMNS_MAX)..);
        self.columns_more
            .extend(left_out.map(|column| heading(&column).clone()));
    }

    fn push(
        &mut self,
        role: Role,
        heading: &str,
        align: Align,
        cells: impl Iterator<Item = String>,
    ) {
        self.columns
            .push(TextColumn::new(role, heading, align, cells.collect()));
    }
}
