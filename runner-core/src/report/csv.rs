//! Runs as comma-separated values (RFC 4180, with lines that end as on Unix).

use std::io::{self, Write as _};

use super::{export::Export, rows::Rows};
use crate::value::Value;

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
