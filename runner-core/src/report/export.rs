//! [`Export`]: all runs as records, for programs.

use super::{
    column::{Columns, output_leaves},
    rows::{RowOutcome, Rows, RunRow},
};
use crate::value::{Names, Value};

/// The records of all configs, in their order.
pub(super) struct Export<'a> {
    rows: &'a Rows<'a>,
    columns: Columns,
}

impl<'a> Export<'a> {
    pub(super) fn new(rows: &'a Rows<'a>) -> Self {
        Self {
            columns: Columns::of(rows),
            rows,
        }
    }

    pub(super) fn headings(&self) -> Vec<&str> {
        let config = self.columns.config.shown();
        let output = self.columns.output.shown();
        let mut headings = vec!["name", "label", "key", "state"];
        headings.extend(config.chain(output).map(|column| column.heading.as_str()));
        headings.extend(["duration_s", "failure"]);
        headings
    }

    /// A value for each of the headings, or none.
    pub(super) fn records(&self) -> impl Iterator<Item = Vec<Option<Value>>> {
        self.rows.all.iter().map(|row| self.record(row))
    }

    fn record(&self, row: &RunRow<'_>) -> Vec<Option<Value>> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let (state, output, duration, error) = match row.outcome {
            RowOutcome::Done(output) => (
                "done",
                output_leaves(output),
                Some(Value::F64(row.facts.duration.as_secs_f64())),
                None,
            ),
            RowOutcome::Failed(error) => ("failed", Vec::new(), None, text(error)),
            RowOutcome::Missing => ("missing", Vec::new(), None, None),
        };
        let config = row.config.leaves(self.rows.schema, Names::Serde);
        let mut record = vec![
            text(row.facts.name()),
            text(row.facts.label()),
            text(&row.facts.key.to_string()),
            text(state),
        ];
        record.extend(self.columns.config.values(config));
        record.extend(self.columns.output.values(output));
        record.extend([duration, error]);
        record
    }
}
