//! [`Format`]: the forms in which runs are written, and [`Export`], all runs as records for programs, in JSON and CSV.

use std::{
    fmt,
    io::{self, Write as _},
    str::FromStr,
};

use super::{
    column::{Columns, output_leaves},
    rows::{Rows, RunRow},
    text::{Screen, markdown, terminal},
};
use crate::{
    api::{RunOutcome, State},
    base::Error,
    value::{
        Names, Value,
        json::{Layout, json as text, object},
    },
};

/// A form in which [`Runs`](crate::Runs) are written.
///
/// Table and Markdown are for people: one row for each result, or for each group of replicates. CSV and JSON are for
/// programs: one row for every config, with its label, its key and its `state` (`done`, or as in `--list`), numbers in full,
/// the duration in seconds as `duration_s`, and the error of what failed as `failure`. The columns of config and
/// output are the same in all.
///
/// ```
/// # use runner_core as runner;
/// use runner::Format;
///
/// assert_eq!("csv".parse::<Format>()?, Format::Csv);
/// let error = "xml".parse::<Format>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown format `xml`: expected table, markdown, csv or json");
/// # Ok::<(), runner::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Aligned text, fitted into the terminal.
    #[default]
    Table,
    /// A table to paste into an issue or a README.
    Markdown,
    /// Comma-separated values (RFC 4180) with a line of headings; what has no value is empty.
    Csv,
    /// An array of flat objects, one a line; what has no value is `null`. JSON has no NaN and no infinities: they are the
    /// strings `"NaN"`, `"inf"` and `"-inf"`.
    Json,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Table, Self::Markdown, Self::Csv, Self::Json];

    /// The name that is parsed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| {
                Error::usage(format!(
                    "unknown format `{name}`: expected table, markdown, csv or json"
                ))
            })
    }
}

/// Writes `rows` to `out`; only tables are fitted to the page.
pub(crate) fn write(
    rows: &Rows<'_>,
    format: Format,
    out: &mut dyn io::Write,
    page: Screen,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(terminal(rows, page).as_bytes())?,
        Format::Markdown => out.write_all(markdown(rows).as_bytes())?,
        Format::Csv => csv(rows, out)?,
        Format::Json => json(rows, out)?,
    }
    out.flush()
}

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
            RunOutcome::Missing(reason) => (State::word_in(reason), Vec::new(), None, None),
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
