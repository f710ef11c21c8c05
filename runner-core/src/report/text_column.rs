//! [`TextColumn`]: the values of a column as text.

use std::time::Duration;

use super::{
    number::{self, NumberFormat, SummaryFormat},
    padding::Align,
};
use crate::{
    base::{Estimate, Method, human, printable},
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

    /// Makes a column of means, each with its spread, in which the signs are below each other.
    pub(super) fn of_estimates(
        role: Role,
        heading: &str,
        estimates: &[Option<Estimate>],
        spread: Spread,
    ) -> Self {
        let summaries = estimates.iter().flatten().map(number::summary);
        let format = SummaryFormat::of(summaries.collect::<Vec<_>>());
        let spreads: Vec<(&str, String)> = estimates
            .iter()
            .map(|estimate| match estimate {
                Some(estimate) if estimate.n.done > 1 => spread.of(estimate, &format),
                _ => ("", String::new()),
            })
            .collect();
        let [signs, widths] = [
            spreads.iter().map(|(sign, _)| sign.chars().count()).max(),
            spreads.iter().map(|(_, text)| text.len()).max(),
        ]
        .map(|width| width.unwrap_or(0));
        let cells = estimates.iter().zip(&spreads);
        let cells = cells.map(|(estimate, (sign, spread))| {
            let Some(estimate) = estimate else {
                return NOTHING.to_owned();
            };
            let summary = number::summary(estimate);
            let mean = format.for_one(&summary).mean(&summary);
            match (signs, widths) {
                (_, 0) => mean,
                (0, _) => format!("{mean} {spread:>widths$}"),
                _ => format!("{mean} {sign:signs$} {spread:>widths$}"),
            }
        });
        Self::new(role, heading, Align::Right, cells.collect())
    }
}

/// What is said beside a mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Spread {
    #[default]
    Deviation,
    Interval,
}

impl Spread {
    /// Returns the sign and the text of the spread of an estimate.
    fn of(self, estimate: &Estimate, format: &SummaryFormat) -> (&'static str, String) {
        let summary = number::summary(estimate);
        let format = format.for_one(&summary);
        match (self, estimate.interval) {
            _ if estimate.sd.is_nan() => ("", String::new()),
            (Self::Deviation, _) if estimate.method == Method::GeometricMean => {
                ("×÷", format!("{:.2}", estimate.sd))
            }
            (Self::Deviation, _) => ("±", format.spread(&summary)),
            (Self::Interval, None) => ("", String::new()),
            (Self::Interval, Some(interval)) => {
                let [low, high] = [interval.low, interval.high].map(|end| format.number(end));
                ("", format!("[{low}, {high}]"))
            }
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
