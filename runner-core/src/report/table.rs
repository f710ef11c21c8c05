//! [`Table`]: the default report as columns of text, before it is laid out.

use std::time::Duration;

use super::{
    column::{Columns, Detail},
    outputs::output,
    rows::{RowGroup, Rows},
    section::{FieldCell, Grouping, Section},
    text_column::{Align, NOTHING, Role, TextColumn, text},
};
use crate::{
    base::{human, printable},
    value::{Value, path},
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
    pub(super) fn of(rows: &Rows<'_>, rows_max: usize) -> Self {
        let columns = Columns::of(rows, Detail::People);
        let rows_max = rows_max.min(rows.order.top.unwrap_or(usize::MAX));
        let config = &columns.config.columns;
        let replicates = config
            .iter()
            .filter(|column| column.part == Grouping::Replicate && !column.is_constant());
        let replicates: Vec<String> = replicates.map(|column| column.heading.clone()).collect();
        let groups = (!replicates.is_empty()).then(|| rows.replicates());
        let groups = groups.filter(|groups| groups.len() < rows.all.len());
        let constants = config.iter().filter(|column| column.is_constant());
        let mut table = Self {
            constants: constants
                .map(|column| format!("{}={}", column.heading, text(&column.first)))
                .collect(),
            lists: columns.lists.clone(),
            is_top: rows.order.top.is_some(),
            ..Self::default()
        };
        if let Some(mut groups) = groups {
            table.replicates = replicates;
            if let Some(by) = &rows.order.by {
                by.sort_groups(&mut groups);
            }
            table.rows_more = groups.len().saturating_sub(rows_max);
            groups.truncate(rows_max);
            table.fill(rows, &columns, &groups, true);
        } else {
            let done = rows.all.iter().filter(|row| row.done().is_some());
            let shown = done.clone().take(rows_max);
            let shown: Vec<_> = shown.map(|row| RowGroup::new(vec![row])).collect();
            table.rows_more = done.count() - shown.len();
            table.fill(rows, &columns, &shown, false);
        }
        table
    }

    /// Adds the columns for `groups`, each of which is one row.
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
        self.fill_outputs(columns, groups);
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
                .push(output(&of_outputs[place].heading, values));
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

/// Returns the column of one field, or of an enum with its fields, as `knn k=3`.
fn config_column(config: &Section, cell: &FieldCell, rows: &[Vec<Option<Value>>]) -> TextColumn {
    let column = &config.columns[cell.place];
    if cell.parts.is_empty() {
        let values: Vec<_> = rows.iter().map(|row| row[cell.place].clone()).collect();
        return TextColumn::of_values(Role::Config, &column.heading, &values);
    }
    let cells = rows.iter().map(|row| {
        let Some(variant) = &row[cell.place] else {
            return NOTHING.to_owned();
        };
        let mut cell_text = text(variant);
        for &part in &cell.parts {
            if let Some(value) = &row[part] {
                let path = &config.columns[part].path;
                let inside = inside_variant(path, &column.path, &variant.to_string());
                let equals = if inside.is_empty() { "" } else { "=" };
                cell_text.extend([" ", inside, equals, &text(value)]);
            }
        }
        cell_text
    });
    TextColumn::new(Role::Config, &column.heading, Align::Left, cells.collect())
}

/// Returns the rest of the path of a field behind its enum and variant.
fn inside_variant<'p>(path: &'p str, of_enum: &str, variant: &str) -> &'p str {
    let inside = path::behind(path, of_enum).unwrap_or(path);
    path::behind(inside, variant).unwrap_or(inside)
}
