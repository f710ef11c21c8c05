//! [`TreeError`]: why a [`Tree`](super::tree::Tree) is no value of a type, and where. [`no_such`]: a name that does not exist.

use std::fmt;

use crate::base::{did_you_mean, nearest};

/// Why a tree is no value of the type that was asked for.
///
/// It is in a box, since every part of a value may fail and hardly any does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TreeError(Box<Mistake>);

#[derive(Clone, Debug, PartialEq)]
struct Mistake {
    /// The names and indexes that lead to the place, innermost first.
    steps: Vec<String>,
    message: String,
    /// The field whose absence is the reason.
    missing: Option<&'static str>,
    /// The field that is there under two names, as serde writes it.
    duplicate: Option<&'static str>,
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
        Self(Box::new(Mistake {
            steps: Vec::new(),
            message: message.into(),
            missing: None,
            duplicate: None,
            about_count: false,
            ignored: false,
            unknown: None,
            about_value: true,
        }))
    }

    /// A value that is there although its type has no place for it.
    pub(crate) fn ignored() -> Self {
        let mut error = Self::new("its type has no place for it");
        error.0.ignored = true;
        error
    }

    /// Whether the value at this very place is ignored by its type.
    pub(crate) fn is_ignored(&self) -> bool {
        self.0.ignored && self.0.steps.is_empty()
    }

    pub(crate) fn of_name(message: String) -> Self {
        let mut error = Self::new(message);
        error.0.about_value = false;
        error
    }

    /// A field that the type at this place does not have.
    pub(crate) fn no_field<S: AsRef<str>>(name: &str, fields: &[S]) -> Self {
        let mut error = Self::of_name(no_such("field", name, fields));
        error.0.unknown = Some(name.to_owned());
        error
    }

    /// The absence of `missing`, beside others that are `absent` and may be needed too.
    pub(crate) fn missing_one_of(missing: &'static str, absent: &[&str]) -> Self {
        let absent = absent.join("`, `");
        let message = format!("`{missing}` is missing (not given: `{absent}`)");
        let mut error = Self::of_name(message);
        error.0.missing = Some(missing);
        error
    }

    /// The same error, found while replicates were counted.
    pub(crate) fn of_count(mut self) -> Self {
        self.0.about_count = true;
        self
    }

    pub(crate) fn is_about_count(&self) -> bool {
        self.0.about_count
    }

    pub(crate) fn is_about_value(&self) -> bool {
        self.0.about_value
    }

    /// The field whose absence is the reason.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        self.0.missing
    }

    /// The field that is there under two names, as serde writes it.
    pub(crate) fn duplicate(&self) -> Option<&'static str> {
        self.0.duplicate
    }

    /// The same error with the column of the text at which it is.
    pub(crate) fn at_column(mut self, text: &str, offset: usize) -> Self {
        let column = text[..offset].chars().count() + 1;
        self.0.message = format!("{} (column {column} of `{text}`)", self.0.message);
        self
    }

    /// The same error seen from one level further out.
    pub(crate) fn inside(mut self, step: impl fmt::Display) -> Self {
        self.0.steps.push(step.to_string());
        self.0.missing = None;
        self
    }

    /// The names and indexes that lead to the place.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.0.steps.iter().rev().map(String::as_str).collect()
    }

    /// As [`path`](Self::path), up to the name that does not exist if that is the reason.
    pub(crate) fn place(&self) -> Vec<&str> {
        let mut place = self.path();
        place.extend(self.0.unknown.as_deref());
        place
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.steps.is_empty() {
            write!(f, "`{}`: ", self.path().join("."))?;
        }
        f.write_str(&self.0.message)
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
        let mut error = Self::of_name(format!("`{field}` is missing"));
        error.0.missing = Some(field);
        error
    }

    fn duplicate_field(field: &'static str) -> Self {
        let mut error = Self::of_name(format!("`{field}` is there twice"));
        error.0.duplicate = Some(field);
        error
    }

    fn unknown_field(field: &str, fields: &'static [&'static str]) -> Self {
        Self::no_field(field, fields)
    }

    fn unknown_variant(variant: &str, variants: &'static [&'static str]) -> Self {
        Self::new(no_such("variant", variant, variants))
    }
}

/// The most names that an error lists.
const NAMES_MAX: usize = 32;

/// Says that there is no `name` among `names`, which are `what`s, and which one may be meant.
pub(crate) fn no_such<S: AsRef<str>>(what: &str, name: &str, names: &[S]) -> String {
    let names = || names.iter().map(AsRef::as_ref);
    let suggestion = did_you_mean(nearest(name, names()));
    let mut listed: Vec<&str> = names().take(NAMES_MAX).collect();
    if names().count() > NAMES_MAX {
        listed.push("…");
    }
    match listed.as_slice() {
        [] => format!("no {what} `{name}`{suggestion}"),
        listed => format!(
            "no {what} `{name}`{suggestion} ({what}s: {})",
            listed.join(", ")
        ),
    }
}
