//! [`Operand`]: what a value is compared with, and how.

use std::cmp::Ordering;

use super::subject::{Compared, nanos};
use crate::value::{Kind, Place, Takes, Value, Whole, no_such, text};

/// One of the values on the right of `=`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Exactly(Value),
    Between {
        from: Option<Value>,
        to: Option<Value>,
        /// Whether `to` itself counts.
        is_inclusive: bool,
    },
}

impl Operand {
    /// Reads a value, or a range where values have an order.
    ///
    /// # Errors
    ///
    /// If it is not what the field takes.
    pub(super) fn read(written: &str, compared: &Compared) -> Result<Self, String> {
        match written.split_once("..") {
            Some((from, to)) if has_order(compared) => {
                let (is_inclusive, to) = match to.strip_prefix('=') {
                    Some(to) => (true, to),
                    None => (false, to),
                };
                let end = |end: &str| match end {
                    "" => Ok(None),
                    end => read(end, compared).map(Some),
                };
                match (end(from)?, end(to)?) {
                    (None, None) => Err(format!("the range `{written}` has no end at all")),
                    (from, to) => Ok(Self::Between {
                        from,
                        to,
                        is_inclusive,
                    }),
                }
            }
            _ => read(written, compared).map(Self::Exactly),
        }
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Exactly(operand) => is_same(value, operand),
            Self::Between {
                from,
                to,
                is_inclusive,
            } => {
                let is_from = from
                    .as_ref()
                    .is_none_or(|from| order(value, from).is_some_and(Ordering::is_ge));
                let is_to = to.as_ref().is_none_or(|to| match order(value, to) {
                    Some(Ordering::Less) => true,
                    Some(Ordering::Equal) => *is_inclusive,
                    Some(Ordering::Greater) | None => false,
                });
                is_from && is_to
            }
        }
    }
}

/// Returns whether `<` means anything.
pub(super) fn has_order(compared: &Compared) -> bool {
    match compared {
        Compared::Duration => true,
        Compared::Typed(place) => place.takes.is_number() || place.takes == Takes::Any,
        Compared::Word(_) | Compared::Text => false,
    }
}

/// Reads one value as the type of the field.
///
/// # Errors
///
/// If it is something else.
pub(super) fn read(written: &str, compared: &Compared) -> Result<Value, String> {
    match compared {
        Compared::Text => Ok(Value::Text(text::unquoted(written))),
        Compared::Word(words) if words.contains(&written) => Ok(Value::Text(written.to_owned())),
        Compared::Word(words) => Err(no_such("word", written, words)),
        Compared::Duration => text::duration(written).map(nanos),
        Compared::Typed(place) => typed(written, place),
    }
}

fn typed(written: &str, place: &Place) -> Result<Value, String> {
    if place.is_optional && text::is_none(written) {
        return Ok(Value::None);
    }
    match &place.takes {
        Takes::Enum(variants) => {
            let name = text::unquoted(written);
            if variants.is_empty() || variants.contains(&name.as_str()) {
                Ok(Value::Variant(name))
            } else {
                Err(no_such("variant", &name, variants))
            }
        }
        Takes::Scalar(kind) => scalar(*kind, written),
        Takes::List | Takes::Any => Ok(Value::Text(text::unquoted(written))),
        Takes::Struct(fields) => Err(format!(
            "it has fields of its own; compare one of them ({})",
            fields.join(", ")
        )),
        Takes::Map => Err("it has entries of its own; compare one of them by its key".to_owned()),
    }
}

fn scalar(kind: Kind, written: &str) -> Result<Value, String> {
    match kind {
        Kind::Bool => text::boolean(written).map(Value::Bool),
        Kind::F32 => text::float32(written).map(Value::F32),
        Kind::F64 => text::float64(written).map(Value::F64),
        Kind::Char => text::character(written).map(Value::Char),
        Kind::Bytes => Ok(Value::Bytes(text::bytes(written))),
        whole if whole.is_whole() => text::whole(whole, written).map(Whole::value),
        _ => Ok(Value::Text(text::unquoted(written))),
    }
}

/// Returns whether a value is the written one.
fn is_same(value: &Value, operand: &Value) -> bool {
    match (value, operand) {
        (Value::F64(value), Value::F64(operand)) if operand.is_nan() => value.is_nan(),
        (Value::F32(value), Value::F32(operand)) if operand.is_nan() => value.is_nan(),
        (Value::List(values), Value::List(operands)) => {
            let mut pairs = values.iter().zip(operands);
            values.len() == operands.len() && pairs.all(|(value, operand)| is_same(value, operand))
        }
        (Value::List(_), Value::Text(operand)) => {
            let without_spaces = |text: &str| text.replace(", ", ",");
            without_spaces(&value.to_string()) == without_spaces(operand)
        }
        (
            Value::Text(value) | Value::Variant(value),
            Value::Text(operand) | Value::Variant(operand),
        ) => value == operand,
        _ if value == operand => true,
        _ => match order(value, operand) {
            Some(order) => order.is_eq(),
            // For types that do not say what they take, the text must do.
            None => matches!(operand, Value::Text(operand) if value.to_string() == *operand),
        },
    }
}

/// Compares a value with the written number; `None` if one of them is no number.
pub(super) fn order(value: &Value, operand: &Value) -> Option<Ordering> {
    match (value, operand) {
        (Value::Int(value), Value::Int(operand)) => Some(value.cmp(operand)),
        (Value::Uint(value), Value::Uint(operand)) => Some(value.cmp(operand)),
        (Value::Uint(_), Value::Int(_)) => Some(Ordering::Greater),
        (Value::Int(_), Value::Uint(_)) => Some(Ordering::Less),
        (Value::F32(value), Value::F32(operand)) => value.partial_cmp(operand),
        _ => float(value)?.partial_cmp(&float(operand)?),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "only values whose type is not known beforehand are compared as floats"
)]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::F32(number) => Some(f64::from(*number)),
        Value::F64(number) => Some(*number),
        Value::Text(number) => text::float64(number).ok(),
        _ => None,
    }
}
