//! The best config with its ties, and what matters, without the types of the experiment.

use std::collections::HashMap;

use super::{
    column::{Columns, Detail},
    measures::Measures,
    places::Places,
    rows::Rows,
};
use crate::base::{Error, ErrorKind, GridValue, Shares};

/// Returns the first metric that is judged, the configs by the index of their runs (the best as 0, its ties from 1 on), and the number
/// of ties.
pub(super) fn best(rows: &Rows<'_>) -> Option<(String, HashMap<u32, usize>, usize)> {
    let groups = rows.replicates();
    let columns = Columns::of(rows, Detail::People);
    let measures = Measures::of_metrics(rows, &columns, &groups);
    let (metric, ranking) = measures
        .iter()
        .filter(|of_metric| of_metric.rule.is_judged())
        .map(|of_metric| (of_metric.name.clone(), of_metric.rank()))
        .next()?;
    let ranking = ranking?;
    let chosen = [ranking.best]
        .into_iter()
        .chain(ranking.ties.iter().copied());
    let places = chosen.enumerate().flat_map(|(place, group)| {
        let rows = groups[group].all.iter();
        rows.map(move |row| (row.facts.index, place))
    });
    Some((metric, places.collect(), ranking.ties.len()))
}

/// Returns the shares of variance of a number, which some runs have by their index.
pub(super) fn shares(rows: &Rows<'_>, numbers: &HashMap<u32, f64>) -> Result<Shares, Error> {
    let places = Places::of(rows);
    let values = rows.all.iter().enumerate().filter_map(|(row, run)| {
        Some(GridValue {
            value: *numbers.get(&run.facts.index)?,
            place: places.place(row, |_| true),
        })
    });
    let values: Vec<GridValue> = values.collect();
    let fields: Vec<String> = places
        .fields
        .iter()
        .map(|field| field.heading.clone())
        .collect();
    Shares::of(&fields, &values).map_err(|why| {
        ErrorKind::Experiment(anyhow::anyhow!("there are no shares of variance: {why}")).into()
    })
}
