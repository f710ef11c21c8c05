//! The column of an output over groups of runs: means and spreads of what can be averaged, counts of all else.

use super::{
    number::DurationFormat,
    padding::Align,
    text_column::{NOTHING, Role, Spread, TextColumn, number, seconds, text},
};
use crate::{
    base::{Count, Estimate, Moments},
    value::Value,
};

/// The values of one output in one group.
pub(super) type Values = Vec<Option<Value>>;

/// Returns the column of one output: the value if the runs of each group agree, the mean and spread of numbers, or a count of
/// each value.
pub(super) fn output(heading: &str, groups: &[Values], spread: Spread) -> TextColumn {
    let given = || {
        groups
            .iter()
            .flatten()
            .flatten()
            .filter(|value| **value != Value::None)
    };
    let mut column = if let Some(length) = tuple_length(given()) {
        tuples(heading, groups, length, spread)
    } else if groups.iter().all(|values| agree(values)) {
        let firsts: Values = groups
            .iter()
            .map(|values| values.first()?.clone())
            .collect();
        return TextColumn::of_values(Role::Output, heading, &firsts);
    } else if given().all(|value| number(value).is_some()) {
        TextColumn::of_estimates(Role::Output, heading, &estimates(groups, number), spread)
    } else if given().all(|value| seconds(value).is_some()) {
        durations(heading, groups, spread)
    } else if given().all(|value| matches!(value, Value::Time(_))) {
        let cells = groups.iter().map(|values| mean_time(values)).collect();
        TextColumn::new(Role::Output, heading, Align::Left, cells)
    } else {
        let cells = groups.iter().map(|values| tally(values)).collect();
        return TextColumn::new(Role::Output, heading, Align::Left, cells);
    };
    for (cell, values) in column.cells.iter_mut().zip(groups) {
        let count = values
            .iter()
            .flatten()
            .filter(|value| **value != Value::None)
            .count();
        if count > 0 && count < values.len() {
            *cell = format!("{cell} ({count} of {})", values.len());
        }
    }
    column
}

fn estimates(groups: &[Values], number: impl Fn(&Value) -> Option<f64>) -> Vec<Option<Estimate>> {
    let estimate = |values: &Values| {
        let numbers: Vec<f64> = values.iter().flatten().filter_map(&number).collect();
        let count = Count::new(numbers.len(), 0, 0);
        (!numbers.is_empty()).then(|| Estimate::of(&numbers, count))
    };
    groups.iter().map(estimate).collect()
}

fn durations(heading: &str, groups: &[Values], spread: Spread) -> TextColumn {
    let of_seconds = estimates(groups, seconds);
    let format = DurationFormat::of(of_seconds.iter().flatten().map(|of| of.mean));
    let scaled = estimates(groups, |value| seconds(value).map(|of| format.scaled(of)));
    let mut column = TextColumn::of_estimates(Role::Output, heading, &scaled, spread);
    for (cell, estimate) in column.cells.iter_mut().zip(&scaled) {
        if estimate.is_some() {
            cell.extend([" ", format.unit]);
        }
    }
    column
}

/// Returns the mean time, and the spread around it.
fn mean_time(values: &[Option<Value>]) -> String {
    let times = values.iter().flatten().filter_map(|value| match value {
        Value::Time(nanos) => Some(*nanos),
        _ => None,
    });
    let times: Vec<i128> = times.collect();
    let Some(first) = times.first() else {
        return NOTHING.to_owned();
    };
    // Seconds since the first one: a float holds those since 1970 to a quarter of a microsecond only.
    let since: Vec<Option<Value>> = times
        .iter()
        .map(|time| Some(Value::Duration(time - first)))
        .collect();
    let since: Vec<f64> = since.iter().flatten().filter_map(seconds).collect();
    let spread = Moments::of(&since).spread();
    let sum: i128 = times.iter().map(|time| time - first).sum();
    let count = i128::try_from(times.len()).unwrap_or(i128::MAX);
    let mean = Value::Time(first + sum / count);
    if times.len() == 1 || spread == 0.0 {
        return mean.to_string();
    }
    let format = DurationFormat::of([spread]);
    format!("{mean} ± {:.1} {}", format.scaled(spread), format.unit)
}

/// Returns the number of items if all values are tuples of as many.
fn tuple_length<'a>(mut values: impl Iterator<Item = &'a Value>) -> Option<usize> {
    let length = |value: &Value| match value {
        Value::List(items) => Some(items.len()),
        _ => None,
    };
    let first = length(values.next()?)?;
    values
        .all(|value| length(value) == Some(first))
        .then_some(first)
}

/// Returns the column of tuples: each item as a column of its own would be.
fn tuples(heading: &str, groups: &[Values], length: usize, spread: Spread) -> TextColumn {
    let item = |value: &Option<Value>, index: usize| match value {
        Some(Value::List(items)) => items.get(index).cloned(),
        value => value.clone(),
    };
    let columns = (0..length).map(|index| {
        let groups: Vec<Values> = groups
            .iter()
            .map(|values| {
                let items = values.iter().map(|value| item(value, index));
                items
                    .filter(|item| item.as_ref().is_some_and(|item| *item != Value::None))
                    .collect()
            })
            .collect();
        output("", &groups, spread)
    });
    let columns: Vec<TextColumn> = columns.collect();
    let cells = groups.iter().enumerate().map(|(row, values)| {
        let is_tuple = |value: &Value| matches!(value, Value::List(_));
        if values.iter().flatten().any(is_tuple) {
            let items = columns.iter().map(|column| column.cells[row].as_str());
            format!("({})", items.collect::<Vec<_>>().join(", "))
        } else {
            values
                .first()
                .cloned()
                .flatten()
                .map_or_else(|| NOTHING.to_owned(), |value| text(&value))
        }
    });
    TextColumn::new(Role::Output, heading, Align::Right, cells.collect())
}

fn agree(values: &[Option<Value>]) -> bool {
    values.iter().all(|value| match (value, &values[0]) {
        (Some(value), Some(first)) => value.is_same(first),
        (value, first) => value.is_none() && first.is_none(),
    })
}

/// Returns each value that is no number and its count, as `true ×3, false ×2`.
fn tally(values: &[Option<Value>]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for value in values {
        let text = value.as_ref().map_or_else(|| NOTHING.to_owned(), text);
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counts.push((text, 1)),
        }
    }
    match counts.as_slice() {
        [] => NOTHING.to_owned(),
        [(text, _)] => text.clone(),
        counts => {
            let counts = counts
                .iter()
                .map(|(text, count)| format!("{text} ×{count}"));
            counts.collect::<Vec<_>>().join(", ")
        }
    }
}
