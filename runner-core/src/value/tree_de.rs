//! The deserializer that reads a [`Tree`] as whatever a type asks for.

use serde::de::{self, IntoDeserializer, Visitor, value::StrDeserializer};

use super::scalar::{Kind, for_wholes};
use super::{
    made_up::Demand,
    notation, text,
    tree::{Named, Tree, to_tree},
    tree_error::TreeError,
    tree_parts::{Entries, OneVariant, TreeItems},
};

pub(crate) struct Reader {
    pub(crate) tree: Tree,
    /// Whether values that nobody typed are in the form that is meant for people too.
    pub(crate) is_shown: bool,
    /// Set where a value that its type ignores is a mistake.
    pub(crate) refuses_ignored: bool,
}

impl Reader {
    pub(crate) const fn new(tree: Tree) -> Self {
        Self {
            tree,
            is_shown: false,
            refuses_ignored: false,
        }
    }

    /// Reads a part of the value.
    pub(crate) fn part(tree: Tree, is_shown: bool) -> Self {
        Self {
            is_shown,
            ..Self::new(tree)
        }
    }

    /// Makes up the value, if it is one of which only the type is known.
    fn asked(self, asked: Demand) -> Self {
        match &self.tree {
            Tree::MadeUp(made_up) => Self {
                tree: made_up.make(asked),
                ..self
            },
            _ => self,
        }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Any);
        let is_shown = reader.is_shown;
        match guessed(reader.tree)? {
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Whole(whole) => whole.visit(visitor),
            Tree::F32(value) => visitor.visit_f32(value),
            Tree::F64(value) => visitor.visit_f64(value),
            Tree::Char(value) => visitor.visit_char(value),
            Tree::Str(value) | Tree::Quoted(value) | Tree::Word(value) => {
                visitor.visit_string(value)
            }
            Tree::Bytes(value) => visitor.visit_byte_buf(value),
            Tree::None => visitor.visit_none(),
            Tree::Some(inner) => visitor.visit_some(Self::part(*inner, is_shown)),
            Tree::Seq(items) | Tree::Tuple(items) | Tree::List(items) => {
                TreeItems::visit(items, is_shown, visitor)
            }
            Tree::UnitVariant(name) => visitor.visit_str(name),
            tree @ (Tree::Map(_) | Tree::Struct(_) | Tree::Object(_) | Tree::Variant(..)) => {
                visitor.visit_map(Entries::of(tree, is_shown))
            }
            Tree::Unit | Tree::UnitStruct | Tree::Text(_) | Tree::MadeUp(_) => visitor.visit_unit(),
        }
    }

    /// The text of a value that has no structure of its own yet.
    fn plain(&self) -> Option<&str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            Tree::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Returns the text of a float; one that is not finite may be in quotes.
    fn float(&self) -> Option<&str> {
        match &self.tree {
            Tree::Quoted(text) if text::is_not_finite(text) => Some(text),
            _ => self.plain(),
        }
    }

    /// Reads a list or object out of the text that begins with `open`.
    fn opened(self, open: char) -> Result<Self, TreeError> {
        let read = |text: &str| {
            let parsed = notation::parse(text).map(Self::new);
            parsed.map_err(|error| TreeError::new(error.to_string()).at_column(text, error.offset))
        };
        match &self.tree {
            Tree::Text(text) if text.starts_with(open) => read(text),
            // The key of an entry is a word, whatever its type.
            Tree::Word(text) if text.starts_with(open) => read(text),
            _ => Ok(self),
        }
    }

    /// Reads a number of this type out of a text.
    fn whole(self, kind: Kind) -> Result<Self, TreeError> {
        let reader = self.asked(Demand::Whole(kind));
        match reader.plain() {
            Some(text) => {
                let whole = text::whole(kind, text).map_err(TreeError::new)?;
                Ok(Self::new(Tree::Whole(whole)))
            }
            None => Ok(reader),
        }
    }

    fn sequence<'de, V: Visitor<'de>>(
        self,
        asked: Demand,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let reader = self.asked(asked).opened('[')?;
        match reader.tree {
            Tree::Text(text) => TreeItems::visit(items(&text)?, true, visitor),
            Tree::Word(word) => Err(TreeError::new(format!("`{word}` is not a list"))),
            Tree::Object(fields) => match indexed(fields) {
                Ok(items) => TreeItems::visit(items, reader.is_shown, visitor),
                Err(fields) => Self::new(Tree::Object(fields)).any(visitor),
            },
            _ => reader.any(visitor),
        }
    }
}

/// The items of a list that was typed without brackets.
fn items(text: &str) -> Result<Vec<Tree>, TreeError> {
    let items: Vec<String> = text::split(text).collect();
    if items.iter().all(|item| !item.is_empty()) {
        return Ok(items.iter().map(|item| Tree::text(item)).collect());
    }
    Err(TreeError::new(match items.as_slice() {
        [_] => "write `[]` for an empty list, or `[\"\"]` for a list of one empty text".to_owned(),
        _ => format!(
            "write `\"\"` for an empty text, or leave a comma out: a value between the commas of `{text}` is empty"
        ),
    }))
}

/// The tree with a guess in place of a text without a known type.
fn guessed(tree: Tree) -> Result<Tree, TreeError> {
    Ok(match tree {
        Tree::Text(text) => match guess(&text) {
            Some(guess) => guess,
            None => Tree::Quoted(read_text(&text)?),
        },
        Tree::Word(word) => guess(&word).unwrap_or(Tree::Word(word)),
        tree => tree,
    })
}

fn read_text(text: &str) -> Result<String, TreeError> {
    text::read(text).map_err(TreeError::new)
}

/// What a text without a known type is most likely meant to be, unless that is just a text.
fn guess(text: &str) -> Option<Tree> {
    if text.starts_with(['[', '{']) {
        return notation::parse(text).ok();
    }
    if text::is_none(text) {
        return Some(Tree::None);
    }
    if !text.contains(|character: char| character.is_ascii_digit()) {
        return text::boolean(text).ok().map(Tree::Bool);
    }
    let number = [Kind::I128, Kind::U128]
        .into_iter()
        .find_map(|kind| text::whole(kind, text).ok());
    number
        .map(Tree::Whole)
        .or_else(|| text::float64(text).map(Tree::F64).ok())
}

/// The items of a list that was given one by one: `{"0": …, "1": …}`.
fn indexed(fields: Vec<Named>) -> Result<Vec<Tree>, Vec<Named>> {
    let has = |index: usize| fields.iter().any(|(name, _)| *name == index.to_string());
    if fields.is_empty() || !(0..fields.len()).all(has) {
        return Err(fields);
    }
    let mut items: Vec<_> = fields
        .into_iter()
        .map(|(name, item)| (name.parse().unwrap_or(usize::MAX), item))
        .collect();
    items.sort_by_key(|(index, _)| *index);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            let reader = self.whole(Kind::$kind)?;
            let number = match &reader.tree {
                Tree::Whole(whole) => whole.get::<$type>(),
                _ => None,
            };
            match number {
                Some(number) => visitor.$visit(number),
                None => reader.any(visitor),
            }
        }
    )*};
}

macro_rules! read {
    ($($deserialize:ident: $kind:ident $text:ident $read:ident $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            let reader = self.asked(Demand::$kind);
            match reader.$text() {
                Some(text) => visitor.$visit(text::$read(text).map_err(TreeError::new)?),
                None => reader.any(visitor),
            }
        }
    )*};
}

macro_rules! forward {
    ($($deserialize:ident => $other:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            self.$other(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = TreeError;

    for_wholes!(wholes);

    read! {
        deserialize_bool: Bool plain boolean visit_bool,
        deserialize_char: Char plain character visit_char,
        deserialize_f32: F32 float float32 visit_f32,
        deserialize_f64: F64 float float64 visit_f64,
    }

    forward! {
        deserialize_string => deserialize_str,
        deserialize_identifier => deserialize_str,
        deserialize_byte_buf => deserialize_bytes,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.any(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Text);
        match reader.tree {
            Tree::Text(text) => visitor.visit_string(read_text(&text)?),
            Tree::Word(word) => visitor.visit_string(word),
            _ => reader.any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Bytes);
        match &reader.tree {
            Tree::Text(text) if text.starts_with('[') => reader.sequence(Demand::List, visitor),
            Tree::Text(text) => visitor.visit_byte_buf(text::bytes(&read_text(text)?)),
            Tree::Word(text) | Tree::Quoted(text) => visitor.visit_byte_buf(text::bytes(text)),
            _ => reader.any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Option);
        let is_shown = reader.is_shown;
        match reader.tree {
            Tree::None | Tree::Unit | Tree::UnitStruct => visitor.visit_none(),
            Tree::Some(inner) => visitor.visit_some(Self::part(*inner, is_shown)),
            _ if reader.plain().is_some_and(text::is_none) => visitor.visit_none(),
            _ => visitor.visit_some(reader),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Unit);
        match reader.plain() {
            Some(text) if text == "()" || text::is_none(text) => visitor.visit_unit(),
            _ => reader.any(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.sequence(Demand::List, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.sequence(Demand::Tuple(length), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.sequence(Demand::Tuple(length), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Map).opened('{')?;
        match reader.plain() {
            Some(text) => Err(TreeError::new(format!(
                "`{text}` is not an object such as `{{\"key\": …}}`"
            ))),
            None => reader.any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Struct(names)).opened('{')?;
        match reader.tree {
            Tree::Struct(fields) => {
                Entries::visit_struct(fields, names, reader.is_shown, false, visitor)
            }
            Tree::Object(fields) => {
                Entries::visit_struct(fields, names, reader.is_shown, true, visitor)
            }
            Tree::Quoted(text) if names == text::DURATION => {
                Self::new(Tree::Word(text)).deserialize_struct(name, names, visitor)
            }
            Tree::Text(_) | Tree::Word(_) if names == text::DURATION => {
                let duration = text::duration(reader.plain().unwrap_or_default());
                let duration = duration.map_err(TreeError::new)?;
                to_tree(&duration).and_then(|tree| Self::new(tree).any(visitor))
            }
            Tree::Text(_) | Tree::Word(_) => {
                let text = reader.plain().unwrap_or_default();
                let fields = names.join(", ");
                Err(TreeError::new(format!(
                    "`{text}` is not an object such as `{{\"field\": …}}` (fields: {fields})"
                )))
            }
            _ => reader.any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let reader = self.asked(Demand::Enum(names)).opened('{')?;
        let is_shown = reader.is_shown;
        let (name, content) = match reader.tree {
            Tree::UnitVariant(name) => (name.into(), Some(Tree::Unit)),
            Tree::Variant(name, _, content) => (name.into(), Some(*content)),
            Tree::Text(text) => (read_text(&text)?.into(), None),
            Tree::Word(name) | Tree::Quoted(name) | Tree::Str(name) => (name.into(), None),
            Tree::Object(mut fields) if fields.len() == 1 => {
                let (name, content) = fields.swap_remove(0);
                (name, Some(content))
            }
            Tree::Object(_) => {
                return Err(TreeError::new(
                    "an object must name one variant and its content, as `{\"variant\": …}`",
                ));
            }
            Tree::Map(mut entries) if matches!(entries.as_slice(), [(Tree::Str(_), _)]) => {
                match entries.swap_remove(0) {
                    (Tree::Str(name), content) => (name.into(), Some(content)),
                    (_, content) => return Self::part(content, is_shown).any(visitor),
                }
            }
            tree => return Self::part(tree, is_shown).any(visitor),
        };
        visitor.visit_enum(OneVariant {
            name,
            content,
            is_shown,
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        if self.refuses_ignored {
            Err(TreeError::ignored())
        } else {
            visitor.visit_unit()
        }
    }

    fn is_human_readable(&self) -> bool {
        self.is_shown || self.tree.is_typed()
    }
}

/// The deserializer of a name.
pub(crate) fn name(name: &str) -> StrDeserializer<'_, TreeError> {
    name.into_deserializer()
}
