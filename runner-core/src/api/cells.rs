//! [`Cell`]: runs of which it is known how many there should be, and [`Pivot`], a table of such.

use std::{collections::HashMap, fmt};

use super::{
    experiment::Experiment,
    filtered::Filtered,
    run::{Failed, Missing, Run},
};
use crate::base::{Count, Estimate};

// Circle: cells, filtered: a part of the runs has cells, which are made of it.

/// Runs that have the same [`key`](Self::key), with those that failed and those that are missing.
///
/// Made by [`Runs::cells`](crate::Runs::cells).
pub struct Cell<'a, K, E: Experiment> {
    key: K,
    runs: Vec<&'a Run<E>>,
    failed: Vec<&'a Failed<E>>,
    missing: Vec<&'a Missing<E>>,
}

impl<'a, K, E: Experiment> Cell<'a, K, E> {
    /// What the runs have in common.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The runs that have a result.
    pub fn runs(&self) -> &[&'a Run<E>] {
        &self.runs
    }

    /// The runs that failed.
    pub fn failed(&self) -> &[&'a Failed<E>] {
        &self.failed
    }

    /// The runs that have no result and were not tried.
    pub fn missing(&self) -> &[&'a Missing<E>] {
        &self.missing
    }

    /// The numbers of runs.
    pub fn count(&self) -> Count {
        Count::new(self.runs.len(), self.failed.len(), self.missing.len())
    }

    /// The mean of a number of each run, with the interval in which the true mean is expected.
    ///
    /// The runs count as repetitions: leave no field out of the key in which they differ on purpose.
    pub fn estimate(&self, number: impl FnMut(&Run<E>) -> f64) -> Estimate {
        Estimate::of(&self.numbers(number), self.count())
    }

    /// The geometric mean of a number of each run, with its interval: for times, sizes and all that is compared by factors.
    pub fn estimate_logs(&self, number: impl FnMut(&Run<E>) -> f64) -> Estimate {
        Estimate::of_logs(&self.numbers(number), self.count())
    }

    fn numbers(&self, number: impl FnMut(&Run<E>) -> f64) -> Vec<f64> {
        self.runs.iter().copied().map(number).collect()
    }
}

/// A run, whatever became of it.
enum Member<'a, E: Experiment> {
    Done(&'a Run<E>),
    Failed(&'a Failed<E>),
    Missing(&'a Missing<E>),
}

/// Groups runs by a key of their configs, in the order of the configs.
pub(super) fn cells<'a, K: PartialEq, E: Experiment>(
    runs: &Filtered<'a, E>,
    mut key: impl FnMut(u32, &'a E::Config) -> K,
) -> Vec<Cell<'a, K, E>> {
    let done = runs
        .runs
        .iter()
        .map(|run| (&run.facts, &run.config, Member::Done(run)));
    let failed = runs
        .failed
        .iter()
        .map(|run| (&run.facts, &run.config, Member::Failed(run)));
    let missing = runs
        .missing
        .iter()
        .map(|run| (&run.facts, &run.config, Member::Missing(run)));
    let mut members: Vec<_> = done.chain(failed).chain(missing).collect();
    members.sort_by_key(|(facts, ..)| facts.index);
    let mut cells: Vec<Cell<'a, K, E>> = Vec::new();
    let mut last = 0;
    for (facts, config, member) in members {
        let key = key(facts.index, config);
        // A field of a sweep keeps its value, or takes the next one: the last cell and the one behind it come first.
        let mut places = (last..cells.len()).chain(0..last.min(cells.len()));
        last = places
            .find(|&place| cells[place].key == key)
            .unwrap_or_else(|| {
                cells.push(Cell {
                    key,
                    runs: Vec::new(),
                    failed: Vec::new(),
                    missing: Vec::new(),
                });
                cells.len() - 1
            });
        match member {
            Member::Done(run) => cells[last].runs.push(run),
            Member::Failed(failed) => cells[last].failed.push(failed),
            Member::Missing(missing) => cells[last].missing.push(missing),
        }
    }
    cells
}

/// The best config and those that cannot be told from it.
///
/// Made by [`Runs::best`](crate::Runs::best).
#[non_exhaustive]
pub struct Best<'a, E: Experiment> {
    /// The metric that says so.
    pub metric: String,
    /// The best config, with its replicates.
    pub cell: Cell<'a, &'a E::Config, E>,
    /// The others that cannot be told from it, in the order of the configs.
    pub ties: Vec<Cell<'a, &'a E::Config, E>>,
}

/// Returns the cells of some runs, by their index, in the order of the places that they have.
pub(super) fn cells_at<'a, E: Experiment>(
    runs: &Filtered<'a, E>,
    places: &HashMap<u32, usize>,
) -> Vec<Cell<'a, &'a E::Config, E>> {
    let mut found = cells(runs, |index, _| places.get(&index).copied());
    found.retain(|cell| cell.key.is_some());
    found.sort_by_key(|cell| cell.key);
    let cells = found.into_iter().filter_map(|cell| {
        let config = cell.runs.first().map(|run| &run.config);
        let config = config.or_else(|| cell.failed.first().map(|failed| &failed.config));
        Some(Cell {
            key: config.or_else(|| cell.missing.first().map(|missing| &missing.config))?,
            runs: cell.runs,
            failed: cell.failed,
            missing: cell.missing,
        })
    });
    cells.collect()
}

/// A number by two keys of the configs.
///
/// Made by [`Runs::pivot`](crate::Runs::pivot). Displayed, it is a table of the means and standard deviations; a cell with fewer results than configs
/// says so, and `-` is one without configs.
#[derive(Clone, Debug)]
pub struct Pivot<R, C> {
    rows: Vec<R>,
    columns: Vec<C>,
    /// By row.
    estimates: Vec<Vec<Option<Estimate>>>,
}

impl<R, C> Pivot<R, C> {
    /// The keys of the rows.
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The keys of the columns.
    pub fn columns(&self) -> &[C] {
        &self.columns
    }

    /// The estimate in a row and a column, counted from 0; none where there are no configs.
    pub fn get(&self, row: usize, column: usize) -> Option<&Estimate> {
        self.estimates.get(row)?.get(column)?.as_ref()
    }
}

/// Makes a pivot of runs.
pub(super) fn pivot<R: PartialEq, C: PartialEq, E: Experiment>(
    runs: &Filtered<'_, E>,
    row: impl Fn(&E::Config) -> R,
    column: impl Fn(&E::Config) -> C,
    mut number: impl FnMut(&Run<E>) -> f64,
) -> Pivot<R, C> {
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    let mut places = Vec::new();
    for cell in cells(runs, |_, config| (row(config), column(config))) {
        let estimate = cell.estimate(&mut number);
        let (row, column) = cell.key;
        places.push((
            place_of(row, &mut rows),
            place_of(column, &mut columns),
            estimate,
        ));
    }
    let mut estimates = vec![vec![None; columns.len()]; rows.len()];
    for (row, column, estimate) in places {
        estimates[row][column] = Some(estimate);
    }
    Pivot {
        rows,
        columns,
        estimates,
    }
}

fn place_of<T: PartialEq>(key: T, known: &mut Vec<T>) -> usize {
    known
        .iter()
        .position(|other| *other == key)
        .unwrap_or_else(|| {
            known.push(key);
            known.len() - 1
        })
}

impl<K: fmt::Debug, E: Experiment> fmt::Debug for Cell<'_, K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("key", &self.key)
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

impl<E: Experiment> fmt::Debug for Best<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |cell: &Cell<'_, &E::Config, E>| cell.count();
        f.debug_struct("Best")
            .field("metric", &self.metric)
            .field("cell", &count(&self.cell))
            .field("ties", &self.ties.iter().map(count).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
