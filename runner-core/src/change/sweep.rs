//! [`SweptField`]: one `--sweep FIELD=VALUES`.

use super::{
    assignment::{Assignment, Target},
    range,
};
use crate::value::{Kind, Place, Takes, Tree, notation, split};
use crate::{base::Error, value::ConfigType};

/// A field and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SweptField(Assignment);

/// A sweep whose values are known.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) target: Target,
    pub(crate) values: Vec<Tree>,
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
        Ok(Axis { target, values })
    }
}

/// The values that a text lists, given what the field takes.
fn values(text: &str, place: &Place) -> Result<Vec<Tree>, String> {
    let is_one_list = matches!(
        place.takes,
        Takes::List | Takes::Any | Takes::Scalar(Kind::Text)
    );
    if text.starts_with('[') && text.ends_with(']') && !is_one_list {
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
