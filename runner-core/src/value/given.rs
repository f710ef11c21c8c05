//! [`Given`]: a config as JSON that can be given back.

use super::{
    json::{Layout, Null, Shown, ToJson, Writer, json, list, object},
    tree::Tree,
};

/// A whole config in the form that is meant for people: `--configs` reads it, and `--set FIELD=JSON` takes each of its fields.
///
/// What JSON has no word for is in quotes, such as floats that are not finite, or an object's keys that are no text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a>(pub(crate) &'a Tree);

impl ToJson for Given<'_> {
    fn write(self, out: &mut Writer) {
        match self.0 {
            Tree::Bool(value) => value.write(out),
            Tree::Int(value) => value.write(out),
            Tree::Uint(value) => value.write(out),
            Tree::F32(value) if value.is_finite() => value.write(out),
            Tree::F64(value) if value.is_finite() => value.write(out),
            Tree::F32(value) => Shown(value).write(out),
            Tree::F64(value) => Shown(value).write(out),
            Tree::Char(value) => Shown(value).write(out),
            Tree::Str(text) => text.write(out),
            Tree::Bytes(bytes) => list(bytes.iter().copied()).write(out),
            Tree::Some(inner) => Given(inner).write(out),
            Tree::Seq(items) => list(items.iter().map(Given)).write(out),
            Tree::Map(entries) => object(|object| {
                for (key, value) in entries {
                    object.put(&name(key), Given(value));
                }
            })
            .write(out),
            Tree::Struct(fields) => object(|object| {
                for (name, value) in fields {
                    object.put(name, Given(value));
                }
            })
            .write(out),
            Tree::Variant(name, content) if **content == Tree::Unit => name.as_ref().write(out),
            Tree::Variant(name, content) => object(|object| {
                object.put(name, Given(content));
            })
            .write(out),
            Tree::Unit | Tree::None => Null.write(out),
            // What somebody typed is no config yet.
            Tree::Text(_) | Tree::Word(_) | Tree::Quoted(_) | Tree::List(_) | Tree::Object(_) => {
                Null.write(out);
            }
        }
    }
}

/// A key as the name of an entry.
fn name(key: &Tree) -> String {
    match key {
        Tree::Str(text) => text.clone(),
        Tree::Char(character) => character.to_string(),
        Tree::Variant(name, content) if **content == Tree::Unit => name.to_string(),
        Tree::Some(inner) => name(inner),
        Tree::F32(number) => number.to_string(),
        Tree::F64(number) => number.to_string(),
        key => json(Given(key), Layout::Compact),
    }
}
