//! [`Tree`]: a value of any type as data that can be taken apart, changed in places and put together again.

// Circle: notation, text, tree, tree_de, tree_parts, tree_ser: a tree is read and written by its own serializers, and text
// inside it is read as a tree.

use std::{borrow::Cow, fmt, panic::AssertUnwindSafe};

use serde::{Serialize, de::DeserializeOwned};

use super::{suggest::no_such, tree_de::Reader, tree_ser::Writer};
use crate::base::catch;

/// A serde value that describes itself, or a value as somebody wrote it.
///
/// What is serialised into a tree takes the compact form that the store uses (`is_human_readable` is false), which is
/// known to come back as the same value; what was typed is read in the form meant for people. The two can be mixed in one
/// tree, since serde asks every value for its own form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Unit,
    Bool(bool),
    Int(i128),
    /// Only for what does not fit [`Tree::Int`].
    Uint(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Tree>),
    /// A sequence, a tuple or a tuple struct.
    Seq(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Struct(Vec<Named>),
    /// A variant by name, with a unit, a newtype's value, a [`Tree::Seq`] or a [`Tree::Struct`].
    Variant(Cow<'static, str>, Box<Tree>),

    /// The whole text of a value as typed: it is read as whatever its type asks for.
    Text(Box<str>),
    /// A number or word without quotes inside a typed list or object.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    /// A typed list.
    List(Vec<Tree>),
    /// A typed object; it must name no fields that its type does not have.
    Object(Vec<Named>),
}

/// A field by name.
pub(crate) type Named = (Cow<'static, str>, Tree);

impl Tree {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Whether somebody typed it.
    pub(crate) const fn is_typed(&self) -> bool {
        matches!(
            self,
            Self::Text(_) | Self::Word(_) | Self::Quoted(_) | Self::List(_) | Self::Object(_)
        )
    }
}

/// Takes a value apart.
///
/// # Errors
///
/// If it cannot be serialised.
pub(crate) fn to_tree<T: Serialize + ?Sized>(value: &T) -> Result<Tree, TreeError> {
    value.serialize(Writer {
        is_human_readable: false,
    })
}

/// Takes a value apart in the form that is meant for people.
///
/// # Errors
///
/// If it cannot be serialised.
pub(crate) fn to_shown_tree<T: Serialize + ?Sized>(value: &T) -> Result<Tree, TreeError> {
    value.serialize(Writer {
        is_human_readable: true,
    })
}

/// Puts a value together.
///
/// # Errors
///
/// If the tree is of another type, or its type panics; the error names the place.
pub(crate) fn from_tree<T: DeserializeOwned>(tree: Tree) -> Result<T, TreeError> {
    let read = catch(AssertUnwindSafe(|| T::deserialize(Reader::new(tree))));
    read.unwrap_or_else(|panic| {
        let message = format!("its `Deserialize` panicked: {}", panic.message);
        Err(TreeError::of_name(message))
    })
}

/// Why a tree is no value of the type that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TreeError {
    /// The names and indexes that lead to the place, innermost first.
    steps: Vec<String>,
    message: String,
    /// The field whose absence is the reason.
    pub(crate) missing: Option<&'static str>,
    /// The field that is there under two names, as serde writes it.
    pub(crate) duplicate: Option<&'static str>,
    /// A replicate has no number of its own.
    about_count: bool,
    /// The type ignores the value, and must not.
    ignored: bool,
    /// The name, at this place, that does not exist.
    unknown: Option<String>,
    /// The value itself is wrong, rather than a name or what is absent.
    about_value: bool,
}

impl TreeError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            message: message.into(),
            missing: None,
            duplicate: None,
            about_count: false,
            ignored: false,
            unknown: None,
            about_value: true,
        }
    }

    /// A value that is there although its type has no place for it.
    pub(crate) fn ignored() -> Self {
        Self {
            ignored: true,
            ..Self::new("its type has no place for it")
        }
    }

    /// Whether the value at this very place is ignored by its type.
    pub(crate) fn is_ignored(&self) -> bool {
        self.ignored && self.steps.is_empty()
    }

    pub(crate) fn of_name(message: String) -> Self {
        Self {
            about_value: false,
            ..Self::new(message)
        }
    }

    /// A field that the type at this place does not have.
    pub(crate) fn no_field<S: AsRef<str>>(name: &str, fields: &[S]) -> Self {
        Self {
            unknown: Some(name.to_owned()),
            ..Self::of_name(no_such("field", name, fields))
        }
    }

    /// The same error, found while replicates were counted.
    pub(crate) fn of_count(self) -> Self {
        Self {
            about_count: true,
            ..self
        }
    }

    pub(crate) fn is_about_count(&self) -> bool {
        self.about_count
    }

    /// Whether a field is there under two names.
    pub(crate) fn is_duplicate(&self) -> bool {
        self.duplicate.is_some()
    }

    pub(crate) fn is_about_value(&self) -> bool {
        self.about_value
    }

    /// The absence of `missing`, beside others that are `absent` and may be needed too.
    pub(crate) fn missing_one_of(missing: &'static str, absent: &[&str]) -> Self {
        let absent = absent.join("`, `");
        Self {
            missing: Some(missing),
            ..Self::of_name(format!("`{missing}` is missing (not given: `{absent}`)"))
        }
    }

    /// The same error with the column of the text at which it is.
    pub(crate) fn at_column(mut self, text: &str, offset: usize) -> Self {
        let column = text[..offset].chars().count() + 1;
        self.message = format!("{} (column {column} of `{text}`)", self.message);
        self
    }

    /// The same error seen from one level further out.
    pub(crate) fn inside(mut self, step: impl fmt::Display) -> Self {
        self.steps.push(step.to_string());
        self.missing = None;
        self
    }

    /// The names and indexes that lead to the place.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.steps.iter().rev().map(String::as_str).collect()
    }

    /// As [`path`](Self::path), up to the name that does not exist if that is the reason.
    pub(crate) fn place(&self) -> Vec<&str> {
        let mut place = self.path();
        place.extend(self.unknown.as_deref());
        place
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.steps.is_empty() {
            write!(f, "`{}`: ", self.path().join("."))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for TreeError {}

impl serde::ser::Error for TreeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for TreeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            missing: Some(field),
            ..Self::of_name(format!("`{field}` is missing"))
        }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self {
            duplicate: Some(field),
            ..Self::of_name(format!("`{field}` is there twice"))
        }
    }

    fn unknown_field(field: &str, fields: &'static [&'static str]) -> Self {
        Self::no_field(field, fields)
    }

    fn unknown_variant(variant: &str, variants: &'static [&'static str]) -> Self {
        Self::new(no_such("variant", variant, variants))
    }
}
