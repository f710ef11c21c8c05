//! [`Format`]: the forms in which runs are written; JSON and CSV, for programs.

use std::{
    fmt,
    io::{self, Write as _},
    str::FromStr,
};

use super::{
    column::{Columns, Detail},
    rows::{Rows, RunRow},
    text::{Screen, markdown, terminal},
};
use crate::{
    api::{RunOutcome, State},
    base::Error,
    value::{
        AnyValue, Lists, Value,
        json::{Layout, Shown, json as text, object},
    },
};

/// A form in which [`Runs`](crate::Runs) are written.
///
/// Table and Markdown are for people: one row for each result, or for each group of replicates, with columns for the fields
/// in which the runs differ. CSV and JSON are for programs: one row for every config, with its label, its key and its `state`
/// (`done`, or as in `--list`), everything of its config and output whatever is selected, the duration in seconds as
/// `duration_s`, and the error of what failed as `failure`.
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
    /// Comma-separated values (RFC 4180) with a line of headings and a column for each scalar. What has no value is empty, a
    /// `Duration` is in seconds, a `SystemTime` is as in RFC 3339, and lists of a config are JSON. Lists of an output have no
    /// columns; the command line names them on standard error.
    Csv,
    /// An array of objects, one a line, with the whole `config` and the whole `output` as `--configs` reads configs; what has
    /// no value is `null`. JSON has no NaN and no infinities: they are the strings `"NaN"`, `"inf"` and `"-inf"`.
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

/// Writes `rows` to `out`; only tables are fitted to the page. Returns what the format has no place for, in words.
pub(crate) fn write(
    rows: &Rows<'_>,
    format: Format,
    out: &mut dyn io::Write,
    page: Screen,
) -> io::Result<Option<String>> {
    let mut out = io::BufWriter::new(out);
    let mut left_out = None;
    match format {
        Format::Table => out.write_all(terminal(rows, page).as_bytes())?,
        Format::Markdown => out.write_all(markdown(rows).as_bytes())?,
        Format::Csv => left_out = csv(rows, &mut out)?,
        Format::Json => json(rows, &mut out)?,
    }
    out.flush()?;
    Ok(left_out)
}

/// The outcome of a run as exports have it.
struct Exported<'a> {
    state: &'static str,
    output: Option<&'a dyn AnyValue>,
    duration_s: Option<f64>,
    failure: Option<&'a str>,
}

impl<'a> Exported<'a> {
    fn of(row: &RunRow<'a>) -> Self {
        let (state, output, failure) = match row.outcome {
            RunOutcome::Done(output) => ("done", Some(output), None),
            RunOutcome::Failed(error) => ("failed", None, Some(error)),
            RunOutcome::Missing(reason) => (State::word_in(reason), None, None),
        };
        Self {
            state,
            output,
            duration_s: output.map(|_| row.facts.duration.as_secs_f64()),
            failure,
        }
    }
}

/// Writes an array of objects, one a line so that two exports can be compared line by line.
fn json(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut separator = "[\n";
    for row in rows.exported() {
        let exported = Exported::of(row);
        let shown = |value: &dyn AnyValue| value.shown(Lists::Keep).ok();
        let (config, output) = (shown(row.config), exported.output.and_then(shown));
        let record = object(|object| {
            object
                .put("name", row.facts.name())
                .put("label", row.facts.label())
                .put("key", Shown(row.facts.key))
                .put("state", exported.state)
                .put("config", config.as_ref())
                .put("output", output.as_ref())
                .put("duration_s", exported.duration_s)
                .put("failure", exported.failure);
        });
        out.write_all(separator.as_bytes())?;
        out.write_all(text(record, Layout::Compact).as_bytes())?;
        separator = ",\n";
    }
    out.write_all(if separator == "[\n" {
        b"[]\n"
    } else {
        b"\n]\n"
    })
}

/// Maximum number of lists that are named.
const LISTS_MAX: usize = 8;

/// Writes a line of headings and one for each config; numbers are the shortest that read back as the same. Returns the outputs
/// that have no columns, in words.
fn csv(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<Option<String>> {
    let columns = Columns::of(rows, Detail::Programs);
    let headings = columns.config.columns.iter().chain(&columns.output.columns);
    let headings = headings.map(|column| column.heading.clone());
    let start = ["name", "label", "key", "state"].map(str::to_owned);
    let end = ["duration_s", "failure"].map(str::to_owned);
    out.write_all(line(start.into_iter().chain(headings).chain(end)).as_bytes())?;
    for row in rows.exported() {
        let exported = Exported::of(row);
        let start = [
            row.facts.name().to_owned(),
            row.facts.label().to_owned(),
            row.facts.key.to_string(),
            exported.state.to_owned(),
        ];
        let config = columns.config_values(row, rows.schema);
        let output = columns.output_values(exported.output);
        let values = config
            .iter()
            .chain(&output)
            .map(|value| value.as_ref().map_or_else(String::new, field));
        let duration = exported
            .duration_s
            .map_or_else(String::new, |seconds| format!("{seconds:?}"));
        let end = [duration, exported.failure.unwrap_or_default().to_owned()];
        out.write_all(line(start.into_iter().chain(values).chain(end)).as_bytes())?;
    }
    let lists = &columns.lists;
    let mut named = lists
        .iter()
        .take(LISTS_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if lists.len() > LISTS_MAX {
        named += ", …";
    }
    Ok((!lists.is_empty()).then(|| {
        format!("CSV has no columns for lists of the output ({named}); --format json has them")
    }))
}

/// Returns the text of a value in CSV: what has no value is empty, durations are in seconds, and lists are JSON.
fn field(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::F64(number) => format!("{number:?}"),
        Value::F32(number) => format!("{number:?}"),
        Value::List(_) => text(value, Layout::Compact),
        Value::Duration(nanos) => {
            let sign = if *nanos < 0 { "-" } else { "" };
            let nanos = nanos.unsigned_abs();
            let text = format!(
                "{sign}{}.{:09}",
                nanos / 1_000_000_000,
                nanos % 1_000_000_000
            );
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        value => value.to_string(),
    }
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
