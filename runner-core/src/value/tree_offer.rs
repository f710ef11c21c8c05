//! [`Offer`]: what a [`Tree`] offers to a type that asks for something, decided without knowing the type, so that it is compiled
//! once and not for each type.

use serde::de::{Error as _, Expected, Unexpected};

use super::{
    notation,
    on_demand::Demand,
    scalar::{Kind, Whole, for_wholes},
    text,
    tree::{Named, Tree, to_tree},
    tree_error::TreeError,
    tree_parts::{Entries, OneVariant, TreeItems},
};

/// A [`Tree`] that is read as whatever a type asks for.
pub(crate) struct Reader {
    pub(crate) tree: Tree,
    /// Whether values that nobody typed are in the form that is meant for people too.
    pub(crate) is_shown: bool,
    /// Set where a value that its type ignores is a mistake.
    pub(crate) refuses_ignored: bool,
}

/// A value as a visitor takes it.
pub(super) enum Offer {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Unit,
    None,
    Some(Reader),
    List(TreeItems),
    Entries(Entries),
    Variant(OneVariant),
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        impl Offer {
            /// The number as one of this type, if that can hold it.
            fn exact(kind: Kind, whole: Whole) -> Option<Self> {
                match kind {
                    $(Kind::$kind => whole.get::<$type>().map(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

for_wholes!(wholes);

impl Offer {
    /// The number as the smallest type that can hold it.
    fn whole(whole: Whole) -> Self {
        let kinds = [Kind::U64, Kind::I64, Kind::I128, Kind::U128];
        let mut offer = kinds.into_iter();
        let offer = offer.find_map(|kind| Self::exact(kind, whole));
        offer.unwrap_or(Self::Unit)
    }

    /// Says that a type does not take the value, as serde does.
    pub(super) fn refused(self, expected: &dyn Expected) -> TreeError {
        let other;
        let unexpected = match &self {
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::I8(value) => Unexpected::Signed((*value).into()),
            Self::I16(value) => Unexpected::Signed((*value).into()),
            Self::I32(value) => Unexpected::Signed((*value).into()),
            Self::I64(value) => Unexpected::Signed(*value),
            Self::U8(value) => Unexpected::Unsigned((*value).into()),
            Self::U16(value) => Unexpected::Unsigned((*value).into()),
            Self::U32(value) => Unexpected::Unsigned((*value).into()),
            Self::U64(value) => Unexpected::Unsigned(*value),
            Self::I128(value) => {
                other = format!("integer `{value}` as i128");
                Unexpected::Other(&other)
            }
            Self::U128(value) => {
                other = format!("integer `{value}` as u128");
                Unexpected::Other(&other)
            }
            Self::F32(value) => Unexpected::Float((*value).into()),
            Self::F64(value) => Unexpected::Float(*value),
            Self::Char(value) => Unexpected::Char(*value),
            Self::Text(text) => Unexpected::Str(text),
            Self::Bytes(bytes) => Unexpected::Bytes(bytes),
            Self::Unit => Unexpected::Unit,
            Self::None | Self::Some(_) => Unexpected::Option,
            Self::List(_) => Unexpected::Seq,
            Self::Entries(_) => Unexpected::Map,
            Self::Variant(_) => Unexpected::Enum,
        };
        TreeError::invalid_type(unexpected, expected)
    }
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

    /// Decides what is offered to a type that asks for this.
    ///
    /// # Errors
    ///
    /// If the value cannot be that.
    pub(super) fn offer(self, demand: Demand) -> Result<Offer, TreeError> {
        let reader = match &self.tree {
            Tree::OnDemand(value) => Self {
                tree: value.0.make(demand)?,
                ..self
            },
            _ => self,
        };
        match demand {
            Demand::Any => reader.any(),
            Demand::Bool => match reader.plain() {
                Some(text) => text::boolean(text).map(Offer::Bool).map_err(TreeError::new),
                None => reader.any(),
            },
            Demand::Whole(kind) => reader.whole(kind),
            Demand::F32 => match reader.float() {
                Some(text) => text::float32(text).map(Offer::F32).map_err(TreeError::new),
                None => reader.any(),
            },
            Demand::F64 => match reader.float() {
                Some(text) => text::float64(text).map(Offer::F64).map_err(TreeError::new),
                None => reader.any(),
            },
            Demand::Char => match reader.plain() {
                Some(text) => text::character(text)
                    .map(Offer::Char)
                    .map_err(TreeError::new),
                None => reader.any(),
            },
            Demand::Text | Demand::Name => match reader.tree {
                Tree::Text(text) => read_text(&text).map(Offer::Text),
                Tree::Word(word) => Ok(Offer::Text(word)),
                _ => reader.any(),
            },
            Demand::Bytes => match &reader.tree {
                Tree::Text(text) if text.starts_with('[') => reader.list(),
                Tree::Text(text) => Ok(Offer::Bytes(text::bytes(&read_text(text)?))),
                Tree::Word(text) | Tree::Quoted(text) => Ok(Offer::Bytes(text::bytes(text))),
                _ => reader.any(),
            },
            Demand::Unit => match reader.plain() {
                Some(text) if text == "()" || text::is_none(text) => Ok(Offer::Unit),
                _ => reader.any(),
            },
            Demand::Option => Ok(match reader.tree {
                Tree::None | Tree::Unit | Tree::UnitStruct => Offer::None,
                Tree::Some(inner) => Offer::Some(Self::part(*inner, reader.is_shown)),
                _ if reader.plain().is_some_and(text::is_none) => Offer::None,
                _ => Offer::Some(reader),
            }),
            Demand::List | Demand::Tuple(_) => reader.list(),
            Demand::Map => {
                let reader = reader.opened('{')?;
                match reader.plain() {
                    Some(text) => Err(TreeError::new(format!(
                        "`{text}` is not an object such as `{{\"key\": …}}`"
                    ))),
                    None => reader.any(),
                }
            }
            Demand::Struct(names) => reader.fields(names),
            Demand::Enum(_) => reader.variant(),
            Demand::Ignored if reader.refuses_ignored => Err(TreeError::ignored()),
            Demand::Ignored => Ok(Offer::Unit),
        }
    }

    fn any(self) -> Result<Offer, TreeError> {
        let is_shown = self.is_shown;
        Ok(match guessed(self.tree)? {
            Tree::Bool(value) => Offer::Bool(value),
            Tree::Whole(whole) => Offer::whole(whole),
            Tree::F32(value) => Offer::F32(value),
            Tree::F64(value) => Offer::F64(value),
            Tree::Char(value) => Offer::Char(value),
            Tree::Str(text) | Tree::Quoted(text) | Tree::Word(text) => Offer::Text(text),
            Tree::UnitVariant(name) => Offer::Text(name.to_owned()),
            Tree::Bytes(value) => Offer::Bytes(value),
            Tree::None => Offer::None,
            Tree::Some(inner) => Offer::Some(Self::part(*inner, is_shown)),
            Tree::Seq(items) | Tree::Tuple(items) | Tree::List(items) => {
                Offer::List(TreeItems::new(items, is_shown))
            }
            tree @ (Tree::Map(_) | Tree::Struct(_) | Tree::Object(_) | Tree::Variant(..)) => {
                Offer::Entries(Entries::of(tree, is_shown))
            }
            Tree::Unit | Tree::UnitStruct | Tree::Text(_) | Tree::OnDemand(_) => Offer::Unit,
        })
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

    fn whole(self, kind: Kind) -> Result<Offer, TreeError> {
        let whole = match (&self.tree, self.plain()) {
            (_, Some(text)) => text::whole(kind, text).map_err(TreeError::new)?,
            (Tree::Whole(whole), _) => *whole,
            _ => return self.any(),
        };
        Ok(Offer::exact(kind, whole).unwrap_or_else(|| Offer::whole(whole)))
    }

    fn list(self) -> Result<Offer, TreeError> {
        let reader = self.opened('[')?;
        let (items, is_shown) = match reader.tree {
            Tree::Text(text) => (items(&text)?, true),
            Tree::Word(word) => {
                return Err(TreeError::new(format!("`{word}` is not a list")));
            }
            Tree::Object(fields) => match indexed(fields) {
                Ok(items) => (items, reader.is_shown),
                Err(fields) => return Self::new(Tree::Object(fields)).any(),
            },
            _ => return reader.any(),
        };
        Ok(Offer::List(TreeItems::new(items, is_shown)))
    }

    fn fields(self, names: &'static [&'static str]) -> Result<Offer, TreeError> {
        let reader = self.opened('{')?;
        let is_shown = reader.is_shown;
        let is_duration = names == text::DURATION;
        match reader.tree {
            Tree::Struct(fields) => {
                let entries = Entries::of_struct(fields, names, is_shown, false);
                Ok(Offer::Entries(entries))
            }
            Tree::Object(fields) => {
                let entries = Entries::of_struct(fields, names, is_shown, true);
                Ok(Offer::Entries(entries))
            }
            Tree::Quoted(text) if is_duration => duration(&text),
            Tree::Text(_) | Tree::Word(_) => match reader.plain().unwrap_or_default() {
                text if is_duration => duration(text),
                text => {
                    let fields = names.join(", ");
                    Err(TreeError::new(format!(
                        "`{text}` is not an object such as `{{\"field\": …}}` (fields: {fields})"
                    )))
                }
            },
            _ => reader.any(),
        }
    }

    fn variant(self) -> Result<Offer, TreeError> {
        let reader = self.opened('{')?;
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
                    (_, content) => return Self::part(content, is_shown).any(),
                }
            }
            tree => return Self::part(tree, is_shown).any(),
        };
        Ok(Offer::Variant(OneVariant {
            name,
            content,
            is_shown,
        }))
    }
}

fn duration(text: &str) -> Result<Offer, TreeError> {
    let duration = text::duration(text).map_err(TreeError::new)?;
    to_tree(&duration).and_then(|tree| Reader::new(tree).any())
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
