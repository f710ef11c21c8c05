//! What a [`Tree`] hands out part by part while it is read.

use std::{borrow::Cow, vec};

use serde::de::{self, DeserializeSeed, Visitor};

use super::{
    tree::{Named, Tree},
    tree_de::{self, Reader},
    tree_error::TreeError,
};

/// The items of a list.
pub(crate) struct TreeItems {
    items: vec::IntoIter<Tree>,
    index: usize,
    is_shown: bool,
}

impl TreeItems {
    pub(crate) fn visit<'de, V: Visitor<'de>>(
        items: Vec<Tree>,
        is_shown: bool,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let mut items = Self {
            items: items.into_iter(),
            index: 0,
            is_shown,
        };
        let value = visitor.visit_seq(&mut items)?;
        match items.items.len() {
            0 => Ok(value),
            more => Err(too_many(items.index + more, more)),
        }
    }
}

fn too_many(count: usize, more: usize) -> TreeError {
    TreeError::new(format!("the list has {count} items, {more} too many"))
}

impl<'de> de::SeqAccess<'de> for &mut TreeItems {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let value = seed
            .deserialize(Reader::part(item, self.is_shown))
            .map_err(|error| error.inside(self.index))?;
        self.index += 1;
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map, or the fields of a struct.
pub(crate) struct Entries {
    source: Source,
    /// The value that comes next, and what is shown as its name.
    value: Option<(Cow<'static, str>, Tree)>,
    /// The fields that the struct has.
    names: &'static [&'static str],
    is_shown: bool,
    refuses_unknown: bool,
}

enum Source {
    Map(vec::IntoIter<(Tree, Tree)>),
    Struct(vec::IntoIter<Named>),
}

impl Entries {
    /// The entries of what has any; nothing else is asked for them.
    pub(crate) fn of(tree: Tree, is_shown: bool) -> Self {
        let named = |fields: Vec<Named>, key: fn(String) -> Tree| {
            let fields = fields.into_iter();
            fields
                .map(|(name, value)| (key(name.into_owned()), value))
                .collect()
        };
        let entries = match tree {
            Tree::Map(entries) => entries,
            Tree::Struct(fields) => named(fields, Tree::Str),
            Tree::Object(fields) => named(fields, Tree::Word),
            Tree::Variant(name, _, content) => vec![(Tree::Str(name.to_owned()), *content)],
            _ => Vec::new(),
        };
        Self {
            source: Source::Map(entries.into_iter()),
            value: None,
            names: &[],
            is_shown,
            refuses_unknown: false,
        }
    }

    pub(crate) fn visit_struct<'de, V: Visitor<'de>>(
        fields: Vec<Named>,
        names: &'static [&'static str],
        is_shown: bool,
        refuses_unknown: bool,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        // What is there is known before the visitor takes it, what is absent is only asked for in the error.
        let absent = if refuses_unknown {
            absent(&fields, names)
        } else {
            Vec::new()
        };
        let result = visitor.visit_map(Self {
            source: Source::Struct(fields.into_iter()),
            value: None,
            names,
            is_shown,
            refuses_unknown,
        });
        result.map_err(|error| match error.missing() {
            Some(missing) if absent.len() > 1 => TreeError::missing_one_of(missing, &absent),
            _ => error,
        })
    }

    fn refused(&self, name: &str, error: TreeError) -> TreeError {
        if error.is_ignored() {
            TreeError::no_field(name, self.names)
        } else {
            error.inside(name)
        }
    }
}

/// Those of `names` that are not among the fields.
fn absent(fields: &[Named], names: &'static [&'static str]) -> Vec<&'static str> {
    let is_absent = |name: &&&str| !fields.iter().any(|(field, _)| field == **name);
    names.iter().filter(is_absent).copied().collect()
}

/// What an error calls an entry of a map.
fn shown(key: &Tree) -> String {
    match key {
        Tree::Str(name) | Tree::Word(name) | Tree::Quoted(name) => name.clone(),
        Tree::Whole(number) => number.to_string(),
        _ => "(key)".to_owned(),
    }
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        match &mut self.source {
            Source::Struct(fields) => {
                let Some(field) = fields.next() else {
                    return Ok(None);
                };
                let (name, _) = self.value.insert(field);
                seed.deserialize(tree_de::name(name)).map(Some)
            }
            Source::Map(entries) => {
                let Some((key, value)) = entries.next() else {
                    return Ok(None);
                };
                self.value = Some((shown(&key).into(), value));
                seed.deserialize(Reader::part(key, self.is_shown)).map(Some)
            }
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        let Some((name, tree)) = self.value.take() else {
            return Err(TreeError::new("a value was asked for before its name"));
        };
        let reader = Reader {
            tree,
            is_shown: self.is_shown,
            refuses_ignored: self.refuses_unknown,
        };
        seed.deserialize(reader)
            .map_err(|error| self.refused(&name, error))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(match &self.source {
            Source::Map(entries) => entries.len(),
            Source::Struct(fields) => fields.len(),
        })
    }
}

/// One variant of an enum, with its content if there is any.
pub(crate) struct OneVariant {
    pub(crate) name: Cow<'static, str>,
    pub(crate) content: Option<Tree>,
    pub(crate) is_shown: bool,
}

impl OneVariant {
    fn needs(&self, what: &str) -> TreeError {
        let name = &self.name;
        TreeError::new(format!(
            "variant `{name}` needs {what}, as `{{\"{name}\": …}}`"
        ))
    }
}

impl<'de> de::EnumAccess<'de> for OneVariant {
    type Error = TreeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), TreeError> {
        let value = seed.deserialize(tree_de::name(&self.name))?;
        Ok((value, self))
    }
}

impl<'de> de::VariantAccess<'de> for OneVariant {
    type Error = TreeError;

    fn unit_variant(self) -> Result<(), TreeError> {
        let is_unit = match &self.content {
            None | Some(Tree::Unit | Tree::UnitStruct | Tree::None | Tree::MadeUp(_)) => true,
            Some(Tree::Word(word)) => super::text::is_none(word),
            Some(_) => false,
        };
        if is_unit {
            Ok(())
        } else {
            let name = &self.name;
            Err(TreeError::new(format!("variant `{name}` takes no value")))
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, TreeError> {
        match self.content {
            None => Err(self.needs("a value")),
            Some(content) => seed
                .deserialize(Reader::part(content, self.is_shown))
                .map_err(|error| error.inside(self.name)),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.content {
            None => Err(self.needs(&format!("a list of {length} values"))),
            Some(content) => de::Deserializer::deserialize_tuple(
                Reader::part(content, self.is_shown),
                length,
                visitor,
            )
            .map_err(|error| error.inside(self.name)),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let content = self.content.unwrap_or(Tree::Object(Vec::new()));
        de::Deserializer::deserialize_struct(
            Reader::part(content, self.is_shown),
            "",
            names,
            visitor,
        )
        .map_err(|error| error.inside(self.name))
    }
}
