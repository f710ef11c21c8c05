//! [`Columns`]: the fields and outputs that a report has columns for, the same in every format, and their text.

use super::{
    number::{NumberFormat, SummaryFormat},
    rows::Rows,
};
use crate::{
    api::Summary,
    base::printable,
    value::{
        AnyValue, Field, Forms, Kind, Leaf, Lists, Mark, Members, Names, Schema, Value, leaves_of,
        witnesses,
    },
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
pub(crate) struct Columns {
    /// Whether the runs have different names.
    pub(crate) names_differ: bool,
    pub(crate) config: Section,
    pub(crate) output: Section,
}

/// The columns of the configs, or of the outputs, in the order of their declaration.
#[derive(Debug, Default)]
pub(crate) struct Section {
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug)]
pub(crate) struct Column {
    /// The names that lead to the scalar.
    path: String,
    pub(crate) heading: String,
    pub(crate) first: Value,
    rows: usize,
    differs: bool,
    is_shown: bool,
    pub(crate) part: Grouping,
}

/// The part of a column in telling groups of replicates apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// The runs of a group have the same value.
    Group,
    /// The runs of a group are there to differ here.
    Replicate,
    /// The runs of a group may differ here, as it does not count.
    Skipped,
}

impl Columns {
    pub(crate) fn of(rows: &Rows<'_>) -> Self {
        let mut config = Section::default();
        let mut output = Section::default();
        let names_differ = rows
            .all
            .windows(2)
            .any(|pair| pair[0].facts.name() != pair[1].facts.name());
        for witness in witnesses(rows.all.iter().map(|row| row.config), Lists::Keep) {
            config.add(witness.leaves(rows.schema, Names::Serde));
        }
        for witness in witnesses(rows.done().map(|run| run.output), Lists::Skip) {
            output.add(output_leaves(witness));
        }
        let mut columns = Self {
            names_differ,
            config,
            output,
        };
        columns.choose(rows.members);
        columns
    }

    /// Decides which columns are shown, and under which headings.
    fn choose(&mut self, members: Members) {
        let naming = naming_paths(members);
        self.config
            .columns
            .retain(|column| !naming.contains(&column.path));
        let rows = self.config.rows;
        for column in &mut self.config.columns {
            column.is_shown = column.differs || column.rows < rows;
            column.heading = column.path.clone();
            if RESERVED.contains(&column.path.as_str()) {
                column.heading.insert_str(0, "config.");
            }
        }
        for column in &mut self.output.columns {
            column.is_shown = column.differs || column.first != Value::None;
            column.heading = match column.path.as_str() {
                "" => "output".to_owned(),
                path => path.to_owned(),
            };
            let heading = column.heading.as_str();
            let config = &self.config.columns;
            if RESERVED.contains(&heading) || config.iter().any(|column| column.path == heading) {
                column.heading.insert_str(0, "output.");
            }
        }
    }
}

/// Returns the scalars of an output that a table has room for.
pub(crate) fn output_leaves(output: &dyn AnyValue) -> Vec<Leaf> {
    let Ok(tree) = output.shown(Lists::Skip) else {
        return Vec::new();
    };
    let mut leaves = leaves_of(&Forms::shown(tree), &Schema::Plain, Names::Serde);
    leaves.retain(|leaf| !matches!(leaf.kind, Kind::Unit | Kind::Bytes | Kind::List));
    leaves
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

impl Section {
    /// Notes one more row.
    fn add(&mut self, leaves: Vec<Leaf>) {
        self.rows += 1;
        let mut expected = 0;
        for leaf in leaves {
            let place = self.place(expected, &leaf.path).unwrap_or_else(|| {
                self.columns.insert(expected, Column::new(&leaf));
                expected
            });
            self.columns[place].see(&leaf);
            expected = place + 1;
        }
    }

    /// Returns the place of the column for `path`, which is most likely at `expected`.
    fn place(&self, expected: usize, path: &str) -> Option<usize> {
        match self.columns.get(expected) {
            Some(column) if column.path == path => Some(expected),
            _ => self.columns.iter().position(|column| column.path == path),
        }
    }

    /// Returns the values of one row in the columns that are shown.
    pub(crate) fn values(&self, leaves: Vec<Leaf>) -> Vec<Option<Value>> {
        let mut values: Vec<Option<Value>> = self.columns.iter().map(|_| None).collect();
        let mut expected = 0;
        for leaf in leaves {
            if let Some(place) = self.place(expected, &leaf.path) {
                values[place] = Some(leaf.value).filter(|value| *value != Value::None);
                expected = place + 1;
            }
        }
        values
            .into_iter()
            .zip(&self.columns)
            .filter(|(_, column)| column.is_shown)
            .map(|(value, _)| value)
            .collect()
    }

    pub(crate) fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_shown)
    }

    /// Returns the columns that are not shown, as all rows have the same there.
    pub(crate) fn constant(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.is_shown)
    }
}

impl Column {
    fn new(leaf: &Leaf) -> Self {
        Self {
            path: leaf.path.clone(),
            heading: String::new(),
            first: leaf.value.clone(),
            rows: 0,
            differs: false,
            is_shown: false,
            part: Grouping::Group,
        }
    }

    fn see(&mut self, leaf: &Leaf) {
        self.rows += 1;
        self.differs = self.differs || !self.first.is_same(&leaf.value);
        match leaf.mark {
            Mark::Keyed | Mark::Omitted | Mark::Claimed => {}
            Mark::Replicate => self.part = Grouping::Replicate,
            Mark::Skipped => self.part = Grouping::Skipped,
        }
    }
}

/// The text of a cell without a value.
const NOTHING: &str = "-";

/// A column of text.
#[derive(Debug)]
pub(super) struct TextColumn {
    pub(super) role: Role,
    pub(super) heading: String,
    pub(super) align: Align,
    pub(super) cells: Vec<String>,
}

/// The subject of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Name,
    Config,
    Runs,
    Output,
    Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl TextColumn {
    /// Makes a column of values: numbers to the right, all with the same digits, and everything else to the left.
    pub(super) fn of_values(role: Role, heading: &str, values: &[Option<Value>]) -> Self {
        let format = NumberFormat::of(values.iter().flatten().filter_map(float));
        let is_number = values.iter().flatten().all(|value| number(value).is_some());
        Self {
            role,
            heading: heading.to_owned(),
            align: if is_number { Align::Right } else { Align::Left },
            cells: values
                .iter()
                .map(|value| match value {
                    None => NOTHING.to_owned(),
                    Some(value) => {
                        float(value).map_or_else(|| text(value), |number| format.write(number))
                    }
                })
                .collect(),
        }
    }

    /// Makes a column of `mean ± spread` in which the signs are below each other.
    pub(super) fn of_summaries(role: Role, heading: &str, summaries: &[Option<Summary>]) -> Self {
        let format = SummaryFormat::of(summaries.iter().flatten().copied());
        let spreads: Vec<String> = summaries
            .iter()
            .map(|summary| match summary {
                Some(summary) if summary.count > 1 => format.spread(summary),
                _ => String::new(),
            })
            .collect();
        let width = spreads.iter().map(String::len).max().unwrap_or(0);
        let cells = summaries.iter().zip(&spreads);
        Self {
            role,
            heading: heading.to_owned(),
            align: Align::Right,
            cells: cells
                .map(|(summary, spread)| match summary {
                    None => NOTHING.to_owned(),
                    Some(summary) if spread.is_empty() && width == 0 => format.mean(summary),
                    Some(summary) if spread.is_empty() => {
                        format!("{}   {spread:>width$}", format.mean(summary))
                    }
                    Some(summary) => format!("{} ± {spread:>width$}", format.mean(summary)),
                })
                .collect(),
        }
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        Value::F32(number) => Some(f64::from(*number)),
        _ => None,
    }
}

/// Returns the value as a number, if it is one.
#[expect(
    clippy::cast_precision_loss,
    reason = "means and spreads of integers need no more than 53 bits"
)]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        value => float(value),
    }
}

/// Returns a value on one line, without control characters.
pub(super) fn text(value: &Value) -> String {
    let text = value.to_string();
    if text.is_empty() {
        "\"\"".to_owned()
    } else {
        printable(&text).into_owned()
    }
}
