//! [`TextColumn`]: the values of a column as text.

use std::time::Duration;

use super::number::{NumberFormat, SummaryFormat};
use crate::{
    api::Summary,
    base::{human, printable},
    value::Value,
};

/// The text of a cell whose row has no such field.
pub(super) const NOTHING: &str = "-";

/// A column of text.
#[derive(Debug)]
pub(super) struct TextColumn {
    pub(super) role: Role,
    pub(super) heading: String,
    pub(super) align: Align,
    pub(super) cells: Vec<String>,
}

/// The subject of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Name,
    Config,
    Runs,
    Output,
    Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl TextColumn {
    pub(super) fn new(role: Role, heading: &str, align: Align, cells: Vec<String>) -> Self {
        Self {
            role,
            heading: heading.to_owned(),
            align,
            cells,
        }
    }

    /// Makes a column of values: numbers to the right, all with the same digits, and everything else to the left.
    pub(super) fn of_values(role: Role, heading: &str, values: &[Option<Value>]) -> Self {
        let format = NumberFormat::of(values.iter().flatten().filter_map(float));
        let mut given = values
            .iter()
            .flatten()
            .filter(|value| **value != Value::None);
        let is_number = given.all(|value| number(value).or_else(|| seconds(value)).is_some());
        Self {
            role,
            heading: heading.to_owned(),
            align: if is_number { Align::Right } else { Align::Left },
            cells: values
                .iter()
                .map(|value| match value {
                    None => NOTHING.to_owned(),
                    Some(Value::Duration(nanos)) if role == Role::Output => rough(*nanos),
                    Some(value) => {
                        float(value).map_or_else(|| text(value), |number| format.write(number))
                    }
                })
                .collect(),
        }
    }

    /// Makes a column of `mean ± spread` in which the signs are below each other.
    pub(super) fn of_summaries(role: Role, heading: &str, summaries: &[Option<Summary>]) -> Self {
        let format = SummaryFormat::of(summaries.iter().flatten().copied());
        let spreads: Vec<String> = summaries
            .iter()
            .map(|summary| match summary {
                Some(summary) if summary.count > 1 => format.for_one(summary).spread(summary),
                _ => String::new(),
            })
            .collect();
        let width = spreads.iter().map(String::len).max().unwrap_or(0);
        let cells = summaries.iter().zip(&spreads);
        Self {
            role,
            heading: heading.to_owned(),
            align: Align::Right,
            cells: cells
                .map(|(summary, spread)| match summary {
                    None => NOTHING.to_owned(),
                    Some(summary) => {
                        let mean = format.for_one(summary).mean(summary);
                        match spread.as_str() {
                            "" if width == 0 => mean,
                            "" => format!("{mean}   {spread:>width$}"),
                            spread => format!("{mean} ± {spread:>width$}"),
                        }
                    }
                })
                .collect(),
        }
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        Value::F32(number) => Some(f64::from(*number)),
        _ => None,
    }
}

/// Returns the value as a number, if it is one.
#[expect(
    clippy::cast_precision_loss,
    reason = "means and spreads of integers need no more than 53 bits"
)]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        value => float(value),
    }
}

/// Returns the seconds of a duration.
#[expect(
    clippy::cast_precision_loss,
    reason = "means and spreads need no more than 53 bits"
)]
pub(super) fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Duration(nanos) => Some(*nanos as f64 / 1e9),
        _ => None,
    }
}

/// Returns a value on one line, in full, without control characters.
pub(super) fn text(value: &Value) -> String {
    let text = value.to_string();
    if text.is_empty() {
        "\"\"".to_owned()
    } else {
        printable(&text).into_owned()
    }
}

/// Returns a duration in three digits.
fn rough(nanos: i128) -> String {
    let magnitude = u64::try_from(nanos.unsigned_abs()).unwrap_or(u64::MAX);
    let sign = if nanos < 0 { "-" } else { "" };
    sign.to_owned() + &human::duration(Duration::from_nanos(magnitude))
}
