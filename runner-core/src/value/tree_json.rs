//! A whole value as JSON that can be given back: `--configs` reads it, and `--set FIELD=JSON` takes each of its fields.
//!
//! What JSON has no word for is in quotes, such as floats that are not finite, or an object's keys that are no text.

use super::{
    json::{Layout, Null, Shown, ToJson, Writer, json, list, object},
    scalar::Value,
    tree::Tree,
};

impl ToJson for &Tree {
    fn write(self, out: &mut Writer) {
        match self {
            Tree::Bool(value) => value.write(out),
            Tree::Whole(whole) => (&whole.value()).write(out),
            Tree::F32(value) if value.is_finite() => value.write(out),
            Tree::F64(value) if value.is_finite() => value.write(out),
            Tree::F32(value) => Shown(value).write(out),
            Tree::F64(value) => Shown(value).write(out),
            Tree::Char(value) => Shown(value).write(out),
            Tree::Str(text) => text.write(out),
            Tree::Bytes(bytes) => list(bytes.iter().copied()).write(out),
            Tree::Some(inner) => inner.write(out),
            Tree::Seq(items) | Tree::Tuple(items) => list(items).write(out),
            Tree::Map(entries) => object(|object| {
                for (key, value) in entries {
                    object.put(&name(key), value);
                }
            })
            .write(out),
            Tree::Struct(fields) => object(|object| {
                for (name, value) in fields {
                    object.put(name, value);
                }
            })
            .write(out),
            Tree::UnitVariant(name) => name.write(out),
            Tree::Variant(name, _, content) => object(|object| {
                object.put(name, &**content);
            })
            .write(out),
            // What somebody typed is no value yet.
            _ => Null.write(out),
        }
    }
}

/// A key as the name of an entry.
fn name(key: &Tree) -> String {
    match key {
        Tree::Str(text) => text.clone(),
        Tree::Char(character) => character.to_string(),
        Tree::UnitVariant(name) => (*name).to_owned(),
        Tree::Some(inner) => name(inner),
        Tree::F32(number) => number.to_string(),
        Tree::F64(number) => number.to_string(),
        key => json(key, Layout::Compact),
    }
}

impl ToJson for &Value {
    fn write(self, out: &mut Writer) {
        match self {
            Value::Unit | Value::None => Null.write(out),
            Value::Bool(value) => value.write(out),
            Value::Int(value) => value.write(out),
            Value::Uint(value) => value.write(out),
            Value::F32(value) if value.is_finite() => value.write(out),
            Value::F64(value) if value.is_finite() => value.write(out),
            Value::List(items) => list(items).write(out),
            value => Shown(value).write(out),
        }
    }
}
