//! [`Export`]: all runs as records, for programs.

use super::{
    Runs,
    column::{Columns, config_leaves, output_leaves},
    row::{Outcome, Row},
};
use crate::{canonical::Value, experiment::Experiment};

/// The records of all configs, in their order.
pub(super) struct Export<'a, E: Experiment> {
    runs: &'a Runs<E>,
    rows: Vec<Row<'a, E>>,
    columns: Columns,
}

impl<'a, E: Experiment> Export<'a, E> {
    pub(super) fn new(runs: &'a Runs<E>) -> Self {
        let rows = Row::all(runs);
        Self {
            columns: Columns::of(runs, &rows),
            runs,
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
        self.rows.iter().map(|row| self.record(row))
    }

    fn record(&self, row: &Row<'_, E>) -> Vec<Option<Value>> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let (state, output, duration, error) = match row.outcome {
            Outcome::Done(output) => (
                "done",
                output_leaves::<E>(output),
                Some(Value::F64(row.facts.duration.as_secs_f64())),
                None,
            ),
            Outcome::Failed(error) => ("failed", Vec::new(), None, text(error)),
            Outcome::Missing => ("missing", Vec::new(), None, None),
        };
        let config = config_leaves::<E>(row.config, &self.runs.schema);
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
