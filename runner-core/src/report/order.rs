//! The order of rows that `--sort` asks for.

use std::cmp::Ordering;

use super::{
    rows::{RowGroup, RunRow},
    text_column::{number, seconds},
};
use crate::{
    api::{OrderBy, OrderField, RunOutcome, Summary},
    value::{AnyValue, Forms, Lists, Names, Schema, Value, leaves_of},
};

/// The values of some rows, by which they are ordered; none for rows that come last.
type SortKey = Option<Value>;

impl OrderBy {
    /// Orders rows; those of equal values stay as they are.
    pub(super) fn sort_rows(&self, rows: &mut [RunRow<'_>]) {
        rows.sort_by_cached_key(|row| Sorted(self.value(row), self.is_descending));
    }

    /// Orders groups by their means.
    pub(super) fn sort_groups(&self, groups: &mut [RowGroup<'_>]) {
        groups.sort_by_cached_key(|group| {
            let values: Vec<Value> = group.all.iter().filter_map(|row| self.value(row)).collect();
            let numbers: Summary = values.iter().filter_map(as_number).collect();
            let value = if numbers.count > 0 {
                Some(Value::F64(numbers.mean))
            } else {
                values.into_iter().next()
            };
            Sorted(value, self.is_descending)
        });
    }

    fn value(&self, row: &RunRow<'_>) -> SortKey {
        let output = match row.outcome {
            RunOutcome::Done(output) => Some(output),
            _ => None,
        };
        match &self.field {
            OrderField::Config(path) => at(row.config, path),
            OrderField::Output(path) => at(output?, path),
            OrderField::Duration => output.map(|_| Value::F64(row.facts.duration.as_secs_f64())),
            OrderField::Name => Some(Value::Text(row.facts.name().to_owned())),
            OrderField::Label => Some(Value::Text(row.facts.label().to_owned())),
        }
    }
}

fn at(value: &dyn AnyValue, path: &str) -> SortKey {
    let tree = value.shown(Lists::Keep).ok()?;
    tree.at(path).or_else(|| {
        // A quantity has no scalar at its path.
        let leaves = leaves_of(&Forms::shown(tree), &Schema::Plain, Names::Shown);
        let leaf = leaves.into_iter().find(|leaf| leaf.path == path);
        leaf.map(|leaf| leaf.value)
    })
}

fn as_number(value: &Value) -> Option<f64> {
    number(value).or_else(|| seconds(value))
}

/// A value, and whether the largest is the first.
struct Sorted(SortKey, bool);

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |value: &SortKey| match value {
            None | Some(Value::None) => 2,
            Some(value) if as_number(value).is_some_and(f64::is_nan) => 1,
            Some(_) => 0,
        };
        let ranks = rank(&self.0).cmp(&rank(&other.0));
        ranks.then_with(|| {
            let order = match (&self.0, &other.0) {
                (Some(one), Some(other)) => compare(one, other),
                _ => Ordering::Equal,
            };
            if self.1 { order.reverse() } else { order }
        })
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted {}

/// Numbers come before all else, which is ordered by its text.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) | (Value::Time(one), Value::Time(other)) => {
            one.cmp(other)
        }
        _ => match (as_number(one), as_number(other)) {
            (Some(one), Some(other)) => one.partial_cmp(&other).unwrap_or(Ordering::Equal),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => one.to_string().cmp(&other.to_string()),
        },
    }
}
