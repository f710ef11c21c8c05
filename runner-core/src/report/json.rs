//! Runs as JSON.

use std::io::{self, Write as _};

use super::{export::Export, rows::Rows};
use crate::value::json::{Layout, json as text, object};

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
