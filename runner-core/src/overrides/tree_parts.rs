//! What a [`Tree`] hands out part by part while it is read.

use std::{borrow::Cow, vec};

use serde::de::{self, DeserializeSeed, Visitor};

use super::{
    tree::{Tree, TreeError},
    tree_de::{self, Reader},
};

/// The items of a list.
pub(super) struct Items {
    items: vec::IntoIter<Tree>,
    index: usize,
}

impl Items {
    pub(super) fn visit<'de, V: Visitor<'de>>(
        items: Vec<Tree>,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let mut items = Self {
            items: items.into_iter(),
            index: 0,
        };
        let value = visitor.visit_seq(&mut items)?;
        match items.items.len() {
            0 => Ok(value),
            more => Err(TreeError::new(format!(
                "the list has {} items, {more} too many",
                items.index + more
            ))),
        }
    }
}

impl<'de> de::SeqAccess<'de> for &mut Items {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let value = seed
            .deserialize(Reader::new(item))
            .map_err(|error| error.inside(self.index))?;
        self.index += 1;
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map.
pub(super) struct Entries {
    entries: vec::IntoIter<(Tree, Tree)>,
    value: Option<(String, Tree)>,
}

impl Entries {
    pub(super) fn visit<'de, V: Visitor<'de>>(
        entries: Vec<(Tree, Tree)>,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_map(Self {
            entries: entries.into_iter(),
            value: None,
        })
    }

    /// As [`visit`](Self::visit), with names as keys.
    pub(super) fn visit_names<'de, N: Into<String>, V: Visitor<'de>>(
        fields: Vec<(N, Tree)>,
        key: fn(String) -> Tree,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let entries = fields
            .into_iter()
            .map(|(name, value)| (key(name.into()), value));
        Self::visit(entries.collect(), visitor)
    }
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let shown = match &key {
            Tree::Str(name) | Tree::Word(name) | Tree::Quoted(name) => name.clone(),
            Tree::Int(number) => number.to_string(),
            _ => "(key)".to_owned(),
        };
        self.value = Some((shown, value));
        seed.deserialize(Reader::new(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        let Some((key, value)) = self.value.take() else {
            return Err(TreeError::new("a map's value was asked for before its key"));
        };
        seed.deserialize(Reader::new(value))
            .map_err(|error| error.inside(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The fields of a struct.
pub(super) struct Fields<N> {
    entries: vec::IntoIter<(N, Tree)>,
    value: Option<(N, Tree)>,
    names: &'static [&'static str],
    refuses_unknown: bool,
}

impl<N: AsRef<str>> Fields<N> {
    pub(super) fn visit<'de, V: Visitor<'de>>(
        fields: Vec<(N, Tree)>,
        names: &'static [&'static str],
        refuses_unknown: bool,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        // What is there is known before the visitor takes it, what is absent is only asked for in the error.
        let absent: Vec<&str> = if refuses_unknown {
            let is_absent =
                |name: &&&str| !fields.iter().any(|(field, _)| field.as_ref() == **name);
            names.iter().filter(is_absent).copied().collect()
        } else {
            Vec::new()
        };
        let result = visitor.visit_map(Self {
            entries: fields.into_iter(),
            value: None,
            names,
            refuses_unknown,
        });
        result.map_err(|error| match error.missing {
            Some(missing) if absent.len() > 1 => TreeError::missing_one_of(missing, &absent),
            _ => error,
        })
    }
}

impl<'de, N: AsRef<str>> de::MapAccess<'de> for Fields<N> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let Some((name, value)) = self.entries.next() else {
            return Ok(None);
        };
        let (name, _) = self.value.insert((name, value));
        seed.deserialize(tree_de::name(name.as_ref())).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        let Some((name, tree)) = self.value.take() else {
            return Err(TreeError::new(
                "a field's value was asked for before its name",
            ));
        };
        let reader = Reader {
            tree,
            refuses_ignored: self.refuses_unknown,
        };
        seed.deserialize(reader).map_err(|error| {
            if error.is_ignored() {
                TreeError::no_field(name.as_ref(), self.names)
            } else {
                error.inside(name.as_ref())
            }
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// One variant of an enum, with its content if there is any.
pub(super) struct OneVariant {
    name: Cow<'static, str>,
    content: Option<Tree>,
}

impl OneVariant {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, content: Option<Tree>) -> Self {
        Self {
            name: name.into(),
            content,
        }
    }

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
            None | Some(Tree::Unit | Tree::None) => true,
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
                .deserialize(Reader::new(content))
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
            Some(content) => {
                de::Deserializer::deserialize_tuple(Reader::new(content), length, visitor)
                    .map_err(|error| error.inside(self.name))
            }
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let content = self.content.unwrap_or(Tree::Object(Vec::new()));
        de::Deserializer::deserialize_struct(Reader::new(content), "", names, visitor)
            .map_err(|error| error.inside(self.name))
    }
}
