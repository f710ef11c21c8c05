//! [`Columns`]: the fields and outputs that a report has columns for, and their headings.

use std::collections::HashSet;

use super::{
    rows::{Rows, RunRow},
    section::Section,
};
use crate::value::{
    AnyValue, Field, Forms, Kind, Leaf, Lists, Members, Names, Schema, Value, leaves_of, path,
    structures, witnesses,
};

/// The headings of the columns that every report may have beside fields and outputs.
const RESERVED: [&str; 8] = [
    "name",
    "label",
    "key",
    "state",
    "runs",
    "duration",
    "duration_s",
    "failure",
];

/// The columns of a report.
#[derive(Debug)]
pub(super) struct Columns {
    /// Whether the runs have different names.
    pub(super) names_differ: bool,
    pub(super) config: Section,
    pub(super) output: Section,
    /// The lists of the outputs, which have no columns.
    pub(super) lists: Vec<String>,
    detail: Detail,
}

/// How much is one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What is one thing for people: a tuple of an output is one, and long lists of a config are only counted.
    People,
    /// Each scalar; lists of a config are whole.
    Programs,
}

impl Columns {
    pub(super) fn of(rows: &Rows<'_>, detail: Detail) -> Self {
        let names_differ = rows
            .all
            .windows(2)
            .any(|pair| pair[0].facts.name() != pair[1].facts.name());
        let naming = naming_paths(rows.members);
        let configs: Vec<_> = rows.all.iter().map(|row| row.config).collect();
        let configs = witnesses(&configs);
        let outputs: Vec<_> = rows.done().map(|run| run.output).collect();
        let outputs = structures(&outputs);
        let (mut lists, mut known) = (Vec::new(), HashSet::new());
        let mut columns = Self {
            names_differ,
            config: Section::of(
                configs
                    .into_iter()
                    .map(|config| config.leaves(rows.schema, detail.names())),
            ),
            output: Section::of(outputs.into_iter().map(|output| {
                output_leaves(output, detail, &mut |list: String| {
                    if known.insert(list.clone()) {
                        lists.push(list);
                    }
                })
            })),
            lists,
            detail,
        };
        columns
            .config
            .retain(|column| !naming.contains(&column.path));
        columns.choose_headings();
        columns
    }

    fn choose_headings(&mut self) {
        for column in &mut self.config.columns {
            column.heading = column.path.clone();
            if RESERVED.contains(&column.path.as_str()) {
                column.heading.insert_str(0, "config.");
            }
        }
        for column in &mut self.output.columns {
            column.heading = match column.path.as_str() {
                "" => "output".to_owned(),
                path => path.to_owned(),
            };
            let is_number = column
                .heading
                .starts_with(|first: char| first.is_ascii_digit());
            let is_taken =
                RESERVED.contains(&column.heading.as_str()) || self.config.has(&column.heading);
            if is_number || is_taken {
                column.heading.insert_str(0, "output.");
            }
        }
    }

    /// Returns the values of a row in the columns of the config.
    pub(super) fn config_values(&self, row: &RunRow<'_>, schema: &Schema) -> Vec<Option<Value>> {
        let leaves = row.config.leaves(schema, self.detail.names());
        self.config.values(leaves)
    }

    /// Returns the values of an output, if there is one, in the columns of the output.
    pub(super) fn output_values(&self, output: Option<&dyn AnyValue>) -> Vec<Option<Value>> {
        let leaves = output.map(|output| output_leaves(output, self.detail, &mut |_| {}));
        self.output.values(leaves.unwrap_or_default())
    }
}

impl Detail {
    const fn names(self) -> Names {
        match self {
            Self::People => Names::Shown,
            Self::Programs => Names::Full,
        }
    }
}

/// Returns the leaves of an output that have columns; passes the paths of those that have none to `left_out`.
fn output_leaves(
    output: &dyn AnyValue,
    detail: Detail,
    left_out: &mut dyn FnMut(String),
) -> Vec<Leaf> {
    let Ok(tree) = output.shown(Lists::Skip) else {
        return Vec::new();
    };
    let leaves = leaves_of(&Forms::shown(tree), &Schema::Plain, Names::Shown);
    let mut kept = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let is_root = leaf.path.is_empty();
        match &leaf.value {
            Value::Unit => {}
            Value::List(items) if is_scalars(items) => {
                if detail == Detail::Programs || is_root {
                    items_of(&leaf, items, &mut kept);
                } else {
                    kept.push(leaf);
                }
            }
            Value::List(_) | Value::Large(..) | Value::Bytes(_) => {
                left_out(if is_root {
                    "output".to_owned()
                } else {
                    leaf.path
                });
            }
            _ => kept.push(leaf),
        }
    }
    kept
}

/// Whether these are the items of a tuple that has no list inside: those of lists have been skipped.
fn is_scalars(items: &[Value]) -> bool {
    let is_scalar = |item: &Value| match item {
        Value::List(items) => is_scalars(items),
        Value::Large(..) | Value::Bytes(_) => false,
        _ => true,
    };
    !items.is_empty() && items.iter().all(is_scalar)
}

/// Adds a leaf for each scalar inside a tuple.
fn items_of(tuple: &Leaf, items: &[Value], leaves: &mut Vec<Leaf>) {
    for (index, item) in items.iter().enumerate() {
        let leaf = Leaf {
            path: path::join(&tuple.path, &index.to_string()),
            kind: Kind::List,
            value: item.clone(),
            ..tuple.clone()
        };
        match item {
            Value::List(items) => items_of(&leaf, items, leaves),
            _ => leaves.push(leaf),
        }
    }
}

/// Returns the paths of the fields that name the run; they are in the column of names.
fn naming_paths(members: Members) -> Vec<String> {
    let in_variants = members.variants.iter().flat_map(|variant| {
        let naming = variant.fields().iter().filter(|field| field.is_name());
        naming.map(|field| format!("{}.{}", variant.name(), field.name()))
    });
    let naming = members.fields.iter().filter(|field| field.is_name());
    naming
        .map(Field::name)
        .map(str::to_owned)
        .chain(in_variants)
        .collect()
}
