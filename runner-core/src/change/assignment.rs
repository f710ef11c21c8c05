//! [`Assignment`]: one `--set FIELD=VALUE`, and [`SweptField`]: one `--sweep FIELD=VALUES`.

use std::fmt;

use super::range;
use crate::{
    base::Error,
    value::{
        ConfigType, Kind, Place, Takes, Tree, TreeError, field_at, notation, path, place, remark,
        resolve, split, text,
    },
};

/// A field and what is written behind its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    flag: &'static str,
    field: String,
    pub(crate) text: String,
}

impl Assignment {
    /// Reads `FIELD=VALUE`.
    ///
    /// # Errors
    ///
    /// If there is no `=`, or no field before it.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::of_flag("--set", text)
    }

    pub(crate) fn of_flag(flag: &'static str, text: &str) -> Result<Self, Error> {
        let Some((field, value)) = text.split_once('=') else {
            return Err(Error::usage(format!(
                "{flag} {text}: there is no `=`; write {flag} FIELD=VALUE"
            )));
        };
        let field = field.trim();
        if path::steps(field).iter().any(String::is_empty) {
            return Err(Error::usage(format!(
                "{flag} {text}: `{field}` is not the name of a field, or several joined by dots"
            )));
        }
        Ok(Self {
            flag,
            field: field.to_owned(),
            text: value.to_owned(),
        })
    }

    /// Returns the place of the field.
    ///
    /// # Errors
    ///
    /// If there is no such field; the error suggests one.
    pub(crate) fn target(&self, of: ConfigType) -> Result<(Target, Place), Error> {
        match resolve(of.probe, path::steps(&self.field)) {
            Ok((path, place)) => {
                let shown = self.to_string();
                Ok((Target { path, shown }, place))
            }
            Err(error) => Err(Error::usage(explain(of, &self.to_string(), &error))),
        }
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}={}", self.flag, self.field, self.text)
    }
}

/// The place that an assignment is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) path: Vec<String>,
    /// The assignment as it was written, for errors.
    pub(crate) shown: String,
}

impl Target {
    pub(crate) fn put(&self, tree: &mut Tree, value: Tree) -> Result<(), TreeError> {
        place::put(tree, &self.path, value)
    }

    /// Returns whether an error at `path` is about this place, something inside it or something around it.
    pub(crate) fn is_about(&self, path: &[&str]) -> bool {
        self.path.iter().zip(path).all(|(own, other)| own == other)
    }
}

/// Words an error about a written text, with the type and the description of the field.
pub(crate) fn explain(of: ConfigType, written: &str, error: &TreeError) -> String {
    let path = error.path();
    let message = error.message();
    if path.is_empty() {
        return format!("{written}: {message}");
    }
    let joined = path.join(".");
    let field = field_at(of.shape, &path);
    if !error.is_about_value() {
        return format!("{written}: `{joined}`: {message}{}", remark(field));
    }
    let takes = match field {
        Some(field) => Some(field.type_name().to_owned()),
        None => (of.probe)(&path).ok().map(|place| place.takes.describe()),
    };
    match takes {
        Some(takes) => format!(
            "{written}: `{joined}` takes {takes}: {message}{}",
            remark(field)
        ),
        None => format!("{written}: `{joined}`: {message}"),
    }
}

/// A field and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SweptField(Assignment);

/// A sweep whose values are known.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) target: Target,
    place: Place,
    pub(crate) values: Vec<Tree>,
}

impl Axis {
    /// Returns whether the value at `index` has the field at `path`, which is inside this one: it has none if it is none
    /// or another variant.
    pub(crate) fn has(&self, index: usize, path: &[String]) -> bool {
        let value = &self.values[index];
        if self.place.is_optional && is_none(value) {
            return false;
        }
        match (&self.place.takes, path.get(self.target.path.len())) {
            (Takes::Enum(variants), Some(step)) if variants.contains(&step.as_str()) => {
                variant(value).as_ref() == Some(step)
            }
            _ => true,
        }
    }
}

fn is_none(value: &Tree) -> bool {
    matches!(value, Tree::Text(text) if text::is_none(text))
        || matches!(value, Tree::Word(word) if text::is_none(word))
}

/// The name of the variant that a written value chooses.
fn variant(value: &Tree) -> Option<String> {
    match value {
        Tree::Text(text) if text.starts_with('{') => variant(&notation::parse(text).ok()?),
        Tree::Text(text) => text::read(text).ok(),
        Tree::Word(name) | Tree::Quoted(name) => Some(name.clone()),
        Tree::Object(fields) => match fields.as_slice() {
            [(name, _)] => Some(name.clone().into_owned()),
            _ => None,
        },
        _ => None,
    }
}

impl SweptField {
    /// Reads `FIELD=VALUES`.
    ///
    /// # Errors
    ///
    /// If there is no `=`, or no field before it.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Assignment::of_flag("--sweep", text).map(Self)
    }

    /// Finds the field and lists the values.
    ///
    /// # Errors
    ///
    /// If there is no such field, or if the values make no sense for it.
    pub(crate) fn axis(&self, of: ConfigType) -> Result<Axis, Error> {
        let (target, place) = self.0.target(of)?;
        let values = values(&self.0.text, &place)
            .map_err(|error| Error::usage(format!("{}: {error}", self.0)))?;
        Ok(Axis {
            target,
            place,
            values,
        })
    }
}

/// The values that a text lists, given what the field takes.
fn values(text: &str, place: &Place) -> Result<Vec<Tree>, String> {
    let is_one_list = matches!(place.takes, Takes::List | Takes::Any);
    if text.starts_with('[') && text.ends_with(']') && !is_one_list {
        if place.takes == Takes::Scalar(Kind::Text) {
            let (inside, quoted) = (&text[1..text.len() - 1], text::quoted(text));
            return Err(format!(
                "write `{inside}` for the values between the commas, or `{quoted}` for one text with brackets, not `{text}`"
            ));
        }
        return match notation::parse(text) {
            Ok(Tree::List(items)) if !items.is_empty() => Ok(items),
            Ok(_) => Err("there are no values".to_owned()),
            Err(error) => Err(error.to_string()),
        };
    }
    if text.is_empty() {
        return Err("there are no values".to_owned());
    }
    let mut values = Vec::new();
    for item in split(text) {
        if item.is_empty() {
            return Err(
                "a value between commas is empty; write `\"\"` for an empty text".to_owned(),
            );
        }
        let range = match place.takes {
            Takes::Scalar(kind) if kind.is_number() => range::values(&item, kind),
            _ => None,
        };
        match range {
            Some(range) => values.extend(range?.iter().map(|value| Tree::text(value))),
            None => values.push(Tree::text(&item)),
        }
        if values.len() > range::VALUES_MAX {
            return Err(format!("there are more than {} values", range::VALUES_MAX));
        }
    }
    Ok(values)
}
