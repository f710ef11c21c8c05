//! The interquartile means of suites of tasks.

use std::collections::HashMap;

use super::{
    places::Places,
    rows::{Rows, RunRow, count},
};
use crate::{
    api::AnyMetric,
    base::{Estimate, interquartile},
};

/// Returns a note for each metric with tasks that has suites of enough results: its start and its items.
pub(super) fn suites(rows: &Rows<'_>) -> Vec<(String, Vec<String>)> {
    let metrics = rows.metrics.0.iter().filter(|metric| metric.has_tasks());
    let note = |metric: &AnyMetric| {
        let suites = of_metric(rows, metric);
        let items = suites
            .into_iter()
            .map(|(label, tasks, estimate)| format!("{label} {estimate} over {tasks} tasks"));
        let items: Vec<String> = items.collect();
        let start = format!(
            "{}, interquartile mean [bootstrap interval, stratified by task]: ",
            metric.heading()
        );
        (!items.is_empty()).then_some((start, items))
    };
    metrics.filter_map(note).collect()
}

/// Returns the label, the number of tasks and the estimate of each suite with enough results.
fn of_metric(rows: &Rows<'_>, metric: &AnyMetric) -> Vec<(String, usize, Estimate)> {
    let places = Places::of(rows);
    let mut known: HashMap<String, usize> = HashMap::new();
    let tasks = rows.all.iter().map(|row| {
        let next = known.len();
        Some(*known.entry(metric.task(row.run?)?).or_insert(next))
    });
    let tasks: Vec<Option<usize>> = tasks.collect();
    let is_of_task = places.are_of_group(&tasks);
    let mut suites: Vec<Vec<usize>> = Vec::new();
    let mut by_place: HashMap<Vec<usize>, usize> = HashMap::new();
    for row in 0..rows.all.len() {
        let place = places.place(row, |field| !is_of_task[field]);
        let suite = *by_place.entry(place).or_insert(suites.len());
        if suite == suites.len() {
            suites.push(Vec::new());
        }
        suites[suite].push(row);
    }
    let estimate = |of_suite: Vec<usize>| {
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); known.len()];
        for &row in &of_suite {
            if let (Some(task), Some(run)) = (tasks[row], rows.all[row].run) {
                values[task].extend(metric.value(run));
            }
        }
        values.retain(|of_task| !of_task.is_empty());
        let runs = of_suite
            .iter()
            .map(|row| -> &RunRow<'_> { &rows.all[*row] });
        let estimate = interquartile(&values, count(runs))?;
        let label = places.label(of_suite[0], |field| !is_of_task[field]);
        let label = if label.is_empty() {
            "all".to_owned()
        } else {
            label
        };
        Some((label, values.len(), estimate))
    };
    suites.into_iter().filter_map(estimate).collect()
}
