//! [`Places`]: where each run is among the values of the fields that differ.

use std::collections::HashMap;

use super::{
    column::{Columns, Detail},
    padding::Align,
    rows::Rows,
    section::{FieldCell, Grouping, Section},
    text_column::{NOTHING, Role, TextColumn, text},
};
use crate::{
    base::printable,
    value::{Field, Value, path},
};

/// The fields that differ, apart from replicates and what is skipped.
pub(super) struct Places {
    pub(super) fields: Vec<PlaceField>,
    /// The names of the fields that tell replicates apart.
    pub(super) replicate_fields: Vec<String>,
}

/// A field; an enum is one, with its fields.
pub(super) struct PlaceField {
    pub(super) heading: String,
    /// The value of each row, as it is shown: with few digits.
    texts: Vec<String>,
    /// The number of the value of each row: other values have other numbers.
    pub(super) values: Vec<usize>,
}

impl Places {
    /// Returns the places of all rows.
    pub(super) fn of(rows: &Rows<'_>) -> Self {
        let columns = Columns::of(rows, Detail::People);
        let values: Vec<Vec<Option<Value>>> = rows
            .all
            .iter()
            .map(|row| columns.config_values(row, rows.schema))
            .collect();
        let section = &columns.config;
        let is_part = |place: usize, part: Grouping| {
            let column = &section.columns[place];
            column.part == part && !column.is_constant()
        };
        let cells = section.cells(!rows.members.variants.is_empty());
        let cells = cells
            .into_iter()
            .filter(|cell| is_part(cell.place, Grouping::Group));
        let fields = cells.map(|cell| {
            let column = config_column(section, &cell, &values);
            let parts = || [cell.place].into_iter().chain(cell.parts.iter().copied());
            let exact = values
                .iter()
                .map(|row| exact(parts().map(|part| &row[part])));
            PlaceField {
                heading: column.heading,
                texts: column.cells,
                values: numbered(exact),
            }
        });
        let is_skipped = |field: &Field| field.is_name() && field.is_skipped();
        let has_names = columns.names_differ && !rows.members.fields.iter().any(is_skipped);
        let names = has_names.then(|| {
            let names = rows.all.iter().map(|row| row.facts.name());
            PlaceField {
                heading: "name".to_owned(),
                texts: names
                    .clone()
                    .map(|name| printable(name).into_owned())
                    .collect(),
                values: numbered(names.map(str::to_owned)),
            }
        });
        Self {
            fields: names.into_iter().chain(fields).collect(),
            replicate_fields: replicate_fields(&columns),
        }
    }

    /// Returns for each field whether rows of one group, of which each has the number, always have the same value.
    pub(super) fn are_of_group(&self, groups: &[Option<usize>]) -> Vec<bool> {
        let is_of_group = |field: &PlaceField| {
            let mut known: HashMap<usize, usize> = HashMap::new();
            let mut rows = groups.iter().zip(&field.values);
            rows.all(|(group, value)| {
                group.is_none_or(|group| known.entry(group).or_insert(*value) == value)
            })
        };
        self.fields.iter().map(is_of_group).collect()
    }

    /// Returns the place of a row among the values of the fields for which `is_counted` is true.
    pub(super) fn place(&self, row: usize, is_counted: impl Fn(usize) -> bool) -> Vec<usize> {
        let fields = self.fields.iter().enumerate();
        let counted = fields.filter(|(place, _)| is_counted(*place));
        counted.map(|(_, field)| field.values[row]).collect()
    }

    /// Returns the label of a row: the fields for which `is_named` is true.
    pub(super) fn label(&self, row: usize, is_named: impl Fn(usize) -> bool) -> String {
        let fields = self.fields.iter().enumerate();
        let named = fields.filter(|(place, _)| is_named(*place));
        let named = named.map(|(_, field)| format!("{}={}", field.heading, field.texts[row]));
        named.collect::<Vec<_>>().join(" ")
    }
}

/// Returns the headings of the fields that tell replicates apart.
pub(super) fn replicate_fields(columns: &Columns) -> Vec<String> {
    let columns = columns.config.columns.iter();
    let replicate =
        columns.filter(|column| column.part == Grouping::Replicate && !column.is_constant());
    replicate.map(|column| column.heading.clone()).collect()
}

/// Returns the name of the replicate with these values.
pub(super) fn replicate(columns: &Columns, values: &[Option<Value>]) -> String {
    let columns = columns.config.columns.iter().zip(values);
    let replicate = columns.filter(|(column, _)| column.part == Grouping::Replicate);
    exact(replicate.map(|(_, value)| value))
}

/// Returns values as a text that no others have.
fn exact<'v>(values: impl Iterator<Item = &'v Option<Value>>) -> String {
    format!("{:?}", values.collect::<Vec<_>>())
}

/// Returns the number of each text among the different ones.
fn numbered(texts: impl Iterator<Item = String>) -> Vec<usize> {
    let mut known = HashMap::new();
    texts
        .map(|text| {
            let next = known.len();
            *known.entry(text).or_insert(next)
        })
        .collect()
}

/// Returns the column of one field, or of an enum with its fields, as `knn k=3`.
pub(super) fn config_column(
    config: &Section,
    cell: &FieldCell,
    rows: &[Vec<Option<Value>>],
) -> TextColumn {
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
