//! [`Given`]: a config as JSON that can be given back.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{leaf::Value, tree::Tree};

/// A whole config in the form that is meant for people: `--configs` reads it, and `--set FIELD=JSON` takes each of its fields.
///
/// What JSON has no word for is in quotes, such as floats that are not finite, or an object's keys that are no text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a>(pub(crate) &'a Tree);

impl Serialize for Given<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Unit | Tree::UnitStruct | Tree::None => serializer.serialize_none(),
            Tree::Bool(value) => serializer.serialize_bool(*value),
            Tree::Whole(whole) => match whole.value() {
                Value::Uint(number) => serializer.serialize_u128(number),
                Value::Int(number) => serializer.serialize_i128(number),
                _ => serializer.serialize_none(),
            },
            Tree::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Tree::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Tree::F32(value) => serializer.collect_str(value),
            Tree::F64(value) => serializer.collect_str(value),
            Tree::Char(value) => serializer.serialize_char(*value),
            Tree::Str(text) => serializer.serialize_str(text),
            Tree::Bytes(bytes) => serializer.collect_seq(bytes),
            Tree::Some(inner) => Given(inner).serialize(serializer),
            Tree::Seq(items) | Tree::Tuple(items) => {
                serializer.collect_seq(items.iter().map(Given))
            }
            Tree::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (name(key), Given(value))))
            }
            Tree::Struct(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, Given(value))))
            }
            Tree::UnitVariant(name) => serializer.serialize_str(name),
            Tree::Variant(name, _, content) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(name, &Given(content))?;
                map.end()
            }
            // What somebody typed is no config yet.
            Tree::Text(_) | Tree::Word(_) | Tree::Quoted(_) | Tree::List(_) | Tree::Object(_) => {
                serializer.serialize_none()
            }
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
        key => serde_json::to_string(&Given(key)).unwrap_or_default(),
    }
}
