//! Runs as comma-separated values.

use std::{fmt::Write as _, io};

use super::{export::Export, rows::Rows};
use crate::value::Value;

/// Writes a line of headings and one for each config; numbers are the shortest that read back as the same.
pub(super) fn csv(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let export = Export::new(rows);
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(export.headings()).map_err(io_error)?;
    let mut field = String::new();
    for record in export.records() {
        for value in record {
            field.clear();
            let _: Result<(), std::fmt::Error> = match value {
                None => Ok(()),
                Some(Value::F64(number)) => write!(field, "{number:?}"),
                Some(Value::F32(number)) => write!(field, "{number:?}"),
                Some(value) => write!(field, "{value}"),
            };
            writer.write_field(&field).map_err(io_error)?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_error)?;
    }
    writer.flush()
}

/// The error of the output itself, which says whether a reader has gone away; the conversion of the `csv` crate hides that.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
