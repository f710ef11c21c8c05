//! Runs as JSON.

use std::io::{self, Write as _};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{export::Export, rows::Rows};
use crate::value::Value;

/// Writes an array of flat objects, one a line so that two exports can be compared line by line.
pub(super) fn json(rows: &Rows<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let export = Export::new(rows);
    let headings = export.headings();
    let mut out = io::BufWriter::new(out);
    let mut separator = "[\n";
    for record in export.records() {
        out.write_all(separator.as_bytes())?;
        serde_json::to_writer(&mut out, &Object(&headings, &record))?;
        separator = ",\n";
    }
    out.write_all(if separator == "[\n" {
        b"[]\n"
    } else {
        b"\n]\n"
    })?;
    out.flush()
}

/// The headings and the values of one record.
struct Object<'a>(&'a [&'a str], &'a [Option<Value>]);

/// One value of a record.
struct Scalar<'a>(&'a Value);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (heading, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(heading, &value.as_ref().map(Scalar))?;
        }
        map.end()
    }
}

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unit | Value::None => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i128(*value),
            Value::Uint(value) => serializer.serialize_u128(*value),
            Value::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Text(value) | Value::Variant(value) => serializer.serialize_str(value),
            Value::List(items) => serializer.collect_seq(items.iter().map(Scalar)),
            value => serializer.collect_str(value),
        }
    }
}
