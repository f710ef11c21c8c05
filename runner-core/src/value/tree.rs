//! [`Tree`]: a value of any type as data that can be taken apart, changed in places and put together again.

// Circle: on_demand, tree, tree_ser, writing: a tree is written by its own serializer, and what its type asks for becomes one.

use std::borrow::Cow;

use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeStruct as _, SerializeStructVariant as _, SerializeTuple as _,
        SerializeTupleVariant as _,
    },
};

use super::{
    json::{JsonWriter, Layout, Null, Shown, ToJson, json, list, object},
    on_demand::OnDemand,
    path,
    scalar::{Kind, Value, Whole},
    tree_error::TreeError,
    writing::Writing,
};

/// A serde value that describes itself, or a value as somebody wrote it.
///
/// It keeps all that a key depends on, so that serialising a tree gives the tokens of the value that it was made of. What
/// is serialised into a tree takes the compact form that the store uses (`is_human_readable` is false) or the one meant
/// for people; what was typed is read in the form meant for people. They can be mixed in one tree, since serde asks every
/// value for its own form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Unit,
    UnitStruct,
    Bool(bool),
    Whole(Whole),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Tree>),
    Seq(Vec<Tree>),
    /// A tuple or a tuple struct.
    Tuple(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Struct(Vec<Named>),
    UnitVariant(&'static str),
    /// A variant with its value, its [`Tree::Tuple`] or its [`Tree::Struct`].
    Variant(&'static str, Form, Box<Tree>),

    /// The whole text of a value as typed: it is read as whatever its type asks for.
    Text(Box<str>),
    /// A number or word without quotes inside a typed list or object.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    /// A typed list.
    List(Vec<Tree>),
    /// A value that becomes what its type asks for.
    OnDemand(OnDemand),
    /// A typed object; it must name no fields that its type does not have.
    Object(Vec<Named>),
}

/// A field by name.
pub(crate) type Named = (Cow<'static, str>, Tree);

/// The form of a variant with content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Newtype,
    Tuple,
    Struct,
}

/// Takes a value apart in the compact form.
///
/// # Errors
///
/// If it cannot be serialised.
pub(crate) fn to_tree<T: Serialize + ?Sized>(value: &T) -> Result<Tree, TreeError> {
    value.serialize(Writing::compact().writer())
}

/// Takes a value apart in the form that is meant for people.
#[cfg(test)]
pub(crate) fn to_shown_tree<T: Serialize + ?Sized>(value: &T) -> Result<Tree, TreeError> {
    value.serialize(Writing::shown(super::writing::Lists::Keep).writer())
}

impl Tree {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Whether somebody typed it.
    pub(super) const fn is_typed(&self) -> bool {
        matches!(
            self,
            Self::Text(_) | Self::Word(_) | Self::Quoted(_) | Self::List(_) | Self::Object(_)
        )
    }

    /// The value without the options around it.
    pub(crate) fn inner(&self) -> &Self {
        match self {
            Self::Some(inner) => inner.inner(),
            tree => tree,
        }
    }

    /// The kind and value of a scalar; none for anything that has parts.
    pub(crate) fn scalar(&self) -> Option<(Kind, Value)> {
        Some(match self.inner() {
            Self::Unit | Self::UnitStruct => (Kind::Unit, Value::Unit),
            Self::Bool(value) => (Kind::Bool, Value::Bool(*value)),
            Self::Whole(whole) => (whole.kind(), whole.value()),
            Self::F32(value) => (Kind::F32, Value::F32(*value)),
            Self::F64(value) => (Kind::F64, Value::F64(*value)),
            Self::Char(value) => (Kind::Char, Value::Char(*value)),
            Self::Str(text) => (Kind::Text, Value::Text(text.clone())),
            Self::Bytes(bytes) => (Kind::Bytes, Value::Bytes(bytes.clone())),
            Self::None => (Kind::None, Value::None),
            Self::UnitVariant(name) => (Kind::Variant, Value::Variant((*name).to_owned())),
            _ => return None,
        })
    }

    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(
            self.inner(),
            Self::Seq(_)
                | Self::Tuple(_)
                | Self::Map(_)
                | Self::Struct(_)
                | Self::Variant(..)
                | Self::List(_)
                | Self::Object(_)
        )
    }

    /// The scalar, list of scalars or name of a variant that is at `path`.
    ///
    /// A list is whole however long it is, and its items are found by their number too. An enum at the root is at the
    /// empty path.
    pub(crate) fn at(&self, path: &str) -> Option<Value> {
        match self {
            Self::Some(inner) => inner.at(path),
            Self::Seq(items) | Self::Tuple(items) if path.is_empty() => {
                let values = items.iter().map(|item| Some(item.scalar()?.1));
                values.collect::<Option<_>>().map(Value::List)
            }
            Self::Seq(items) | Self::Tuple(items) => {
                let (step, _) = path.split_once('.').unwrap_or((path, ""));
                let index: usize = step.parse().ok()?;
                let item = items.get(index)?;
                item.at(path::behind(path, &index.to_string())?)
            }
            Self::Struct(fields) => fields
                .iter()
                .find_map(|(name, value)| value.at(path::behind(path, &path::step(name))?)),
            Self::Map(entries) => entries.iter().find_map(|(key, value)| {
                let (_, key) = key.scalar()?;
                value.at(path::behind(path, &path::step(&key.to_string()))?)
            }),
            Self::Variant(name, _, content) => match path::behind(path, &path::step(name)) {
                Some(path) => content.at(path),
                None => path.is_empty().then(|| Value::Variant((*name).to_owned())),
            },
            scalar => path
                .is_empty()
                .then(|| scalar.scalar().map(|(_, value)| value))
                .flatten(),
        }
    }
}

/// Writes what the value wrote; what was typed is no value yet.
impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = |name: &Cow<'static, str>| match name {
            Cow::Borrowed(name) => Ok(*name),
            Cow::Owned(name) => Err(S::Error::custom(format!("`{name}` was typed"))),
        };
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct(""),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Whole(whole) => whole.serialize(serializer),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::None => serializer.serialize_none(),
            Self::Some(inner) => serializer.serialize_some(inner),
            Self::Seq(items) => serializer.collect_seq(items),
            Self::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                items
                    .iter()
                    .try_for_each(|item| tuple.serialize_element(item))?;
                tuple.end()
            }
            Self::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Self::Struct(fields) => {
                let mut all = serializer.serialize_struct("", fields.len())?;
                for (field, value) in fields {
                    all.serialize_field(name(field)?, value)?;
                }
                all.end()
            }
            Self::UnitVariant(variant) => serializer.serialize_unit_variant("", 0, variant),
            Self::Variant(variant, form, content) => match (form, &**content) {
                (Form::Tuple, Self::Tuple(items)) => {
                    let mut tuple =
                        serializer.serialize_tuple_variant("", 0, variant, items.len())?;
                    items
                        .iter()
                        .try_for_each(|item| tuple.serialize_field(item))?;
                    tuple.end()
                }
                (Form::Struct, Self::Struct(fields)) => {
                    let mut all =
                        serializer.serialize_struct_variant("", 0, variant, fields.len())?;
                    for (field, value) in fields {
                        all.serialize_field(name(field)?, value)?;
                    }
                    all.end()
                }
                (_, content) => serializer.serialize_newtype_variant("", 0, variant, content),
            },
            Self::Text(_)
            | Self::Word(_)
            | Self::Quoted(_)
            | Self::List(_)
            | Self::Object(_)
            | Self::OnDemand(_) => Err(S::Error::custom("it was typed")),
        }
    }
}

/// JSON that can be given back: `--configs` reads it, and `--set FIELD=JSON` takes each of its fields. What JSON has no word
/// for is in quotes, such as floats that are not finite, or an object's keys that are no text.
impl ToJson for &Tree {
    fn write(self, out: &mut JsonWriter) {
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
                    object.put(&key_name(key), value);
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
fn key_name(key: &Tree) -> String {
    match key {
        Tree::Str(text) => text.clone(),
        Tree::Char(character) => character.to_string(),
        Tree::UnitVariant(name) => (*name).to_owned(),
        Tree::Some(inner) => key_name(inner),
        Tree::F32(number) => number.to_string(),
        Tree::F64(number) => number.to_string(),
        key => json(key, Layout::Compact),
    }
}
