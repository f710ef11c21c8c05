//! What a [`Tree`] hands out part by part while it is read.

// Circle: tree_offer, tree_parts: what a tree offers has parts, which are trees.

use std::{borrow::Cow, vec};

use serde::de::{self, DeserializeSeed, IntoDeserializer as _, Visitor, value::StrDeserializer};

use super::{
    on_demand::Demand,
    tree::{Named, Tree},
    tree_error::TreeError,
    tree_offer::Reader,
};

/// The items of a list.
pub(crate) struct TreeItems {
    items: vec::IntoIter<Tree>,
    index: usize,
    is_shown: bool,
}

impl TreeItems {
    pub(super) fn new(items: Vec<Tree>, is_shown: bool) -> Self {
        Self {
            items: items.into_iter(),
            index: 0,
            is_shown,
        }
    }

    /// Ends with an error if there are items that were not read.
    pub(super) fn end(self) -> Result<(), TreeError> {
        let more = self.items.len();
        if more == 0 {
            return Ok(());
        }
        let count = self.index + more;
        let message = format!("the list has {count} items, {more} too many");
        Err(TreeError::new(message))
    }

    fn next(&mut self) -> Option<Reader> {
        let item = Reader::part(self.items.next()?, self.is_shown);
        self.index += 1;
        Some(item)
    }

    /// The error of the item that was read last.
    fn refused(&self, error: TreeError) -> TreeError {
        error.inside(self.index - 1)
    }
}

impl<'de> de::SeqAccess<'de> for &mut TreeItems {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        let Some(item) = self.next() else {
            return Ok(None);
        };
        match seed.deserialize(item) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(self.refused(error)),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map, or the fields of a struct.
pub(crate) struct Entries {
    left: vec::IntoIter<(Tree, Tree)>,
    /// What is shown as the name of the entry, and its value until it is read.
    name: String,
    value: Option<Tree>,
    is_shown: bool,
    /// The fields that the struct has.
    names: &'static [&'static str],
    /// Those of them that are not there, where others are refused.
    absent: Vec<&'static str>,
    refuses_unknown: bool,
}

impl Entries {
    /// The entries of what has any; nothing else is asked for them.
    pub(crate) fn of(tree: Tree, is_shown: bool) -> Self {
        let entries = match tree {
            Tree::Map(entries) => entries,
            Tree::Struct(fields) => named(fields, Tree::Str),
            Tree::Object(fields) => named(fields, Tree::Word),
            Tree::Variant(name, _, content) => vec![(Tree::Str(name.to_owned()), *content)],
            _ => Vec::new(),
        };
        Self {
            left: entries.into_iter(),
            name: String::new(),
            value: None,
            is_shown,
            names: &[],
            absent: Vec::new(),
            refuses_unknown: false,
        }
    }

    pub(crate) fn of_struct(
        fields: Vec<Named>,
        names: &'static [&'static str],
        is_shown: bool,
        refuses_unknown: bool,
    ) -> Self {
        let is_absent = |name: &&&str| !fields.iter().any(|(field, _)| field == **name);
        let absent = if refuses_unknown {
            names.iter().filter(is_absent).copied().collect()
        } else {
            Vec::new()
        };
        Self {
            names,
            absent,
            refuses_unknown,
            ..Self::of(Tree::Struct(fields), is_shown)
        }
    }

    fn key(&mut self) -> Option<Reader> {
        let (key, value) = self.left.next()?;
        self.name = shown(&key);
        self.value = Some(value);
        Some(Reader::part(key, self.is_shown))
    }

    fn key_refused(&self, error: TreeError) -> TreeError {
        if let Some(Tree::OnDemand(value)) = &self.value {
            value.0.refuse_key(&error);
        }
        error
    }

    fn value(&mut self) -> Result<Reader, TreeError> {
        match self.value.take() {
            Some(tree) => Ok(Reader {
                tree,
                is_shown: self.is_shown,
                refuses_ignored: self.refuses_unknown,
            }),
            None => Err(TreeError::new("a value was asked for before its name")),
        }
    }

    /// The error of the value that was read last.
    fn refused(&self, error: TreeError) -> TreeError {
        if error.is_ignored() {
            TreeError::no_field(&self.name, self.names)
        } else {
            error.inside(&self.name)
        }
    }

    /// The error of all entries.
    pub(super) fn judged(&self, error: TreeError) -> TreeError {
        match error.missing() {
            Some(missing) if self.absent.len() > 1 => {
                TreeError::missing_one_of(missing, &self.absent)
            }
            _ => error,
        }
    }
}

fn named(fields: Vec<Named>, key: fn(String) -> Tree) -> Vec<(Tree, Tree)> {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (key(name.into_owned()), value))
        .collect()
}

/// What an error calls an entry of a map.
fn shown(key: &Tree) -> String {
    match key {
        Tree::Str(name) | Tree::Word(name) | Tree::Quoted(name) => name.clone(),
        Tree::Whole(number) => number.to_string(),
        _ => "(key)".to_owned(),
    }
}

impl<'de> de::MapAccess<'de> for &mut Entries {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let Some(key) = self.key() else {
            return Ok(None);
        };
        match seed.deserialize(key) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(self.key_refused(error)),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        match seed.deserialize(self.value()?) {
            Err(error) => Err(self.refused(error)),
            value => value,
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// One variant of an enum, with its content if there is any.
pub(crate) struct OneVariant {
    pub(crate) name: Cow<'static, str>,
    pub(crate) content: Option<Tree>,
    pub(crate) is_shown: bool,
}

impl OneVariant {
    /// Returns the content, which has the form of `what`.
    fn content(&mut self, what: &str) -> Result<Reader, TreeError> {
        let content = self.content.take().ok_or_else(|| {
            let name = &self.name;
            let message = format!("variant `{name}` needs {what}, as `{{\"{name}\": …}}`");
            TreeError::new(message)
        })?;
        Ok(Reader::part(content, self.is_shown))
    }

    /// The content, or that of a variant of which every field has a default.
    fn fields(&mut self) -> Reader {
        let content = self.content.take();
        Reader::part(content.unwrap_or(Tree::Object(Vec::new())), self.is_shown)
    }

    fn refused(&self, error: TreeError) -> TreeError {
        error.inside(&self.name)
    }
}

impl<'de> de::EnumAccess<'de> for OneVariant {
    type Error = TreeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), TreeError> {
        let name: StrDeserializer<'_, TreeError> = (*self.name).into_deserializer();
        let value = seed.deserialize(name)?;
        Ok((value, self))
    }
}

impl<'de> de::VariantAccess<'de> for OneVariant {
    type Error = TreeError;

    fn unit_variant(self) -> Result<(), TreeError> {
        let content = match self.content {
            Some(Tree::OnDemand(content)) => Some(content.0.make(Demand::Unit)?),
            content => content,
        };
        let is_unit = match &content {
            None | Some(Tree::Unit | Tree::UnitStruct | Tree::None) => true,
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

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, TreeError> {
        let content = self.content("a value")?;
        match seed.deserialize(content) {
            Err(error) => Err(self.refused(error)),
            value => value,
        }
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let content = self.content(&format!("a list of {length} values"))?;
        match de::Deserializer::deserialize_tuple(content, length, visitor) {
            Err(error) => Err(self.refused(error)),
            value => value,
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let content = self.fields();
        match de::Deserializer::deserialize_struct(content, "", names, visitor) {
            Err(error) => Err(self.refused(error)),
            value => value,
        }
    }
}
