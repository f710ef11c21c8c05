//! [`Format`]: the forms in which runs are written.

use std::{fmt, io, str::FromStr};

use super::{
    export::{csv, json},
    rows::Rows,
    text::{Screen, markdown, terminal},
};
use crate::base::Error;

/// A form in which [`Runs`](crate::Runs) are written.
///
/// Table and Markdown are for people: one row for each result, or for each group of replicates. CSV and JSON are for
/// programs: one row for every config, with its label, its key and its `state` (`done`, `failed` or `missing`), numbers in
/// full, the duration in seconds as `duration_s`, and the error of what failed as `failure`. The columns of config and
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
