//! [`Export`]: all runs as records, for programs, in JSON and CSV.

use std::io::{self, Write as _};

use super::{
    column::{Columns, output_leaves},
    rows::{Rows, RunRow},
};
use crate::{
    api::RunOutcome,
    value::{
        Names, Value,
        json::{Layout, json as text, object},
    },
};

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

    /// Returns the value for each of the headings, if there is one.
    pub(super) fn records(&self) -> impl Iterator<Item = Vec<Option<Value>>> {
        self.rows.all.iter().map(|row| self.record(row))
    }

    fn record(&self, row: &RunRow<'_>) -> Vec<Option<Value>> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let (state, output, duration, error) = match row.outcome {
            RunOutcome::Done(output) => (
                "done",
                output_leaves(output),
                Some(Value::F64(row.facts.duration.as_secs_f64())),
                None,
            ),
            RunOutcome::Failed(error) => ("failed", Vec::new(), None, text(error)),
            RunOutcome::Missing(_) => ("missing", Vec::new(), None, None),
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

/// Writes an array of flat objects, one a line so that two exports can be compared line by line.
pub(super) fn json(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let export = Export::new(rows);
    let headings = export.headings();
    let mut out = io::BufWriter::new(out);
    let mut separator = "[\n";
    for record in export.records() {
        let record = object(|object| {
            for (heading, value) in headings.iter().zip(&record) {
                object.put(heading, value.as_ref());
            }
        });
        out.write_all(separator.as_bytes())?;
        out.write_all(text(record, Layout::Compact).as_bytes())?;
        separator = ",\n";
    }
    out.write_all(if separator == "[\n" {
        b"[]\n"
    } else {
        b"\n]\n"
    })?;
    out.flush()
}

/// Writes a line of headings and one for each config; numbers are the shortest that read back as the same.
pub(super) fn csv(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let export = Export::new(rows);
    let mut out = io::BufWriter::new(out);
    let headings = export.headings().into_iter().map(str::to_owned);
    out.write_all(line(headings).as_bytes())?;
    for record in export.records() {
        let fields = record.into_iter().map(|value| match value {
            None => String::new(),
            Some(Value::F64(number)) => format!("{number:?}"),
            Some(Value::F32(number)) => format!("{number:?}"),
            Some(value) => value.to_string(),
        });
        out.write_all(line(fields).as_bytes())?;
    }
    out.flush()
}

/// Puts fields in quotes where they need them. There is always more than one, so that an empty one needs none.
fn line(fields: impl Iterator<Item = String>) -> String {
    let fields = fields.map(|field| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    });
    fields.collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::line;

    proptest! {
        #[test]
        fn any_fields_are_written_as_by_others(
            fields in proptest::collection::vec("[\",\n\r\t' a-cé;#]{0,5}|.*", 2..5)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&fields)?;
            let written = line(fields.iter().cloned());
            prop_assert_eq!(written.as_bytes(), &writer.into_inner()?);

            // The reader takes it for a byte order mark.
            prop_assume!(!written.starts_with('\u{feff}'));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let read = reader.records().next().expect("there is a record")?;
            prop_assert_eq!(read.iter().collect::<Vec<_>>(), fields);
        }
    }
}
