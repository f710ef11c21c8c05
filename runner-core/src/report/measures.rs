//! [`Measures`]: the values of a metric in some groups of runs.

use std::collections::HashMap;

use super::{
    column::Columns,
    places::replicate,
    rows::{RowGroup, Rows, RunRow, count},
    section::Column,
    text_column::{number, seconds},
};
use crate::{
    api::{AnyMetric, RunOutcome},
    base::{Count, Direction, Estimate, Ranking, Rule, rank, shown_line},
    value::Value,
};

/// The values of one metric, by group.
pub(super) struct Measures {
    pub(super) name: String,
    pub(super) heading: String,
    pub(super) rule: Rule,
    pub(super) groups: Vec<GroupMeasures>,
    pub(super) problems: Vec<Problem>,
    /// The places of the problems.
    known: HashMap<String, usize>,
}

/// What is wrong with values.
pub(super) struct Problem {
    what: String,
    /// The label of the first run of which it is true.
    first: String,
    runs: usize,
}

/// The values of one metric in one group.
#[derive(Clone)]
pub(super) struct GroupMeasures {
    /// The runs of the group.
    pub(super) count: Count,
    /// Each with its replicate; without those that panic.
    pub(super) values: Vec<(String, f64)>,
}

/// Share of tables in which a row is wrongly kept from the best.
const ALPHA: f64 = 0.05;

impl Measures {
    /// Returns the values of the metrics.
    pub(super) fn of_metrics(
        rows: &Rows<'_>,
        columns: &Columns,
        groups: &[RowGroup<'_>],
    ) -> Vec<Self> {
        if rows.metrics.0.is_empty() {
            return Vec::new();
        }
        let name = |row: &&RunRow<'_>| replicate(columns, &columns.config_values(row, rows.schema));
        let named: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.all.iter().map(name).collect())
            .collect();
        let of = |metric: &AnyMetric| {
            let mut measures = Self {
                name: metric.name.clone(),
                heading: metric.heading(),
                rule: metric.rule,
                groups: Vec::with_capacity(groups.len()),
                problems: Vec::new(),
                known: HashMap::new(),
            };
            for (group, names) in groups.iter().zip(&named) {
                let rows = group.all.iter().zip(names);
                let values = rows
                    .filter_map(|(row, name)| Some((name.clone(), measures.value(metric, row)?)));
                let values = values.collect();
                measures.add(group, values);
            }
            measures
        };
        rows.metrics.0.iter().map(of).collect()
    }

    /// Returns the values of the outputs that are numbers, as metrics that are only shown.
    pub(super) fn of_outputs(columns: &Columns, groups: &[RowGroup<'_>]) -> Vec<Self> {
        let outputs = |row: &&RunRow<'_>| match row.outcome {
            RunOutcome::Done(output) => columns.output_values(Some(output)),
            _ => Vec::new(),
        };
        let values: Vec<Vec<Vec<Option<Value>>>> = groups
            .iter()
            .map(|group| group.all.iter().map(outputs).collect())
            .collect();
        let as_number = |value: &Value| number(value).or_else(|| seconds(value));
        let of = |(place, column): (usize, &Column)| {
            let given = values
                .iter()
                .flatten()
                .filter_map(|row| row.get(place)?.as_ref());
            if !given.clone().all(|value| as_number(value).is_some()) {
                return None;
            }
            let mut measures = Self {
                name: column.heading.clone(),
                heading: column.heading.clone(),
                rule: Rule::new(Direction::Shown),
                groups: Vec::with_capacity(groups.len()),
                problems: Vec::new(),
                known: HashMap::new(),
            };
            for (group, values) in groups.iter().zip(&values) {
                let numbers = values
                    .iter()
                    .map(|row| row.get(place)?.as_ref().and_then(as_number));
                let numbers = numbers.flatten().map(|number| (String::new(), number));
                measures.add(group, numbers.collect());
            }
            Some(measures)
        };
        columns
            .output
            .columns
            .iter()
            .enumerate()
            .filter_map(of)
            .collect()
    }

    fn add(&mut self, group: &RowGroup<'_>, values: Vec<(String, f64)>) {
        self.groups.push(GroupMeasures {
            count: count(group.all.iter().copied()),
            values,
        });
    }

    fn value(&mut self, metric: &AnyMetric, row: &RunRow<'_>) -> Option<f64> {
        let value = metric.value(row.run?);
        let problem = match &value {
            Ok(value) if metric.rule.is_log && *value <= 0.0 => {
                Some("is not above 0, as a logarithmic scale needs,".to_owned())
            }
            Ok(value) if !value.is_finite() => Some(format!("is {value}")),
            Ok(_) => None,
            Err(message) => Some(format!(
                "panicked ({})",
                shown_line(message.lines().next().unwrap_or_default())
            )),
        };
        self.note(problem, row.facts.label());
        value.ok()
    }

    fn note(&mut self, problem: Option<String>, label: &str) {
        let Some(what) = problem else {
            return;
        };
        let next = self.problems.len();
        let place = *self.known.entry(what.clone()).or_insert(next);
        if place == next {
            self.problems.push(Problem {
                what,
                first: label.to_owned(),
                runs: 0,
            });
        }
        self.problems[place].runs += 1;
    }

    /// Returns the best group, and the others that cannot be told from it. Groups without all of their values take no part.
    pub(super) fn rank(&self) -> Option<Ranking> {
        let groups = self.groups.iter().map(|group| {
            let is_complete = group.values.len() == group.count.planned;
            if is_complete {
                group.values.clone()
            } else {
                Vec::new()
            }
        });
        rank(&self.rule, &groups.collect::<Vec<_>>(), ALPHA)
    }
}

impl Problem {
    /// Returns a sentence about the metric.
    pub(super) fn of(&self, metric: &str) -> String {
        let Self { what, first, runs } = self;
        match runs {
            1 => format!("{metric} {what} in {first}"),
            _ => format!("{metric} {what} in {runs} runs, such as {first}"),
        }
    }
}

impl GroupMeasures {
    /// Whether all values are the same.
    pub(super) fn agrees(&self) -> bool {
        self.values
            .iter()
            .all(|(_, value)| value.total_cmp(&self.values[0].1).is_eq())
    }

    /// Returns the mean; none without values.
    pub(super) fn estimate(&self, rule: &Rule) -> Option<Estimate> {
        let values: Vec<f64> = self.values.iter().map(|(_, value)| *value).collect();
        let count = Count::new(values.len(), self.count.failed, self.count.missing);
        if values.is_empty() {
            None
        } else if rule.is_log {
            Some(Estimate::of_logs(&values, count))
        } else {
            Some(Estimate::of(&values, count))
        }
    }
}
