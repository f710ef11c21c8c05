//! [`TextColumn`]: the values of one column as people read them.

use super::number::{NumberFormat, SummaryFormat};
use crate::api::Summary;
use crate::{base::printable, value::Value};

/// What a cell without a value shows.
const NOTHING: &str = "-";

/// A column of text.
#[derive(Debug)]
pub(super) struct TextColumn {
    pub(super) role: Role,
    pub(super) heading: String,
    pub(super) align: Align,
    pub(super) cells: Vec<String>,
}

/// What a column is about.
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
    /// A column of values: numbers to the right, all with the same digits, and everything else to the left.
    pub(super) fn of_values(role: Role, heading: &str, values: &[Option<Value>]) -> Self {
        let format = NumberFormat::of(values.iter().flatten().filter_map(float));
        let is_number = values.iter().flatten().all(|value| number(value).is_some());
        Self {
            role,
            heading: heading.to_owned(),
            align: if is_number { Align::Right } else { Align::Left },
            cells: values
                .iter()
                .map(|value| match value {
                    None => NOTHING.to_owned(),
                    Some(value) => {
                        float(value).map_or_else(|| text(value), |number| format.write(number))
                    }
                })
                .collect(),
        }
    }

    /// A column of `mean ± spread` in which the signs are below each other.
    pub(super) fn of_summaries(role: Role, heading: &str, summaries: &[Option<Summary>]) -> Self {
        let format = SummaryFormat::of(summaries.iter().flatten().copied());
        let spreads: Vec<String> = summaries
            .iter()
            .map(|summary| match summary {
                Some(summary) if summary.count > 1 => format.spread(summary),
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
                    Some(summary) if spread.is_empty() && width == 0 => format.mean(summary),
                    Some(summary) if spread.is_empty() => {
                        format!("{}   {spread:>width$}", format.mean(summary))
                    }
                    Some(summary) => format!("{} ± {spread:>width$}", format.mean(summary)),
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

/// The value as a number, if it is one.
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

/// A value on one line, with nothing in it that steers a terminal.
pub(super) fn text(value: &Value) -> String {
    let text = value.to_string();
    if text.is_empty() {
        "\"\"".to_owned()
    } else {
        printable(&text).into_owned()
    }
}
