//! [`Rows`]: runs without their types, so that what is made of them is compiled once and not in every program.

use std::{any::Any, collections::HashMap};

use crate::{
    api::{Experiment, Facts, Filtered, MetricList, Metrics, RowOrder, RunOutcome, grouped},
    base::Count,
    value::{AnyValue, Members, Schema, members},
};

/// Every run that a report is about, in the order of the configs.
pub(crate) struct Rows<'a> {
    pub(crate) all: Vec<RunRow<'a>>,
    pub(crate) schema: &'a Schema,
    pub(crate) members: Members,
    pub(super) metrics: MetricList,
    pub(super) order: &'a RowOrder,
}

/// One config and the outcome of its run.
pub(crate) struct RunRow<'a> {
    pub(crate) config: &'a dyn AnyValue,
    pub(crate) facts: &'a Facts,
    pub(crate) outcome: RunOutcome<&'a dyn AnyValue, &'a str>,
    /// The run for its metrics, if it has a result.
    pub(super) run: Option<&'a dyn Any>,
}

/// A run that has a result.
#[derive(Clone, Copy)]
pub(crate) struct DoneRow<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) output: &'a dyn AnyValue,
}

impl<'a> Rows<'a> {
    pub(crate) fn of<E: Experiment>(runs: &Filtered<'a, E>) -> Self {
        let done = runs.runs.iter().map(|run| RunRow {
            config: &run.config,
            facts: &run.facts,
            outcome: RunOutcome::Done(&run.output),
            run: Some(*run),
        });
        let failed = runs.failed.iter().map(|failed| RunRow {
            config: &failed.config,
            facts: &failed.facts,
            outcome: RunOutcome::Failed(&failed.error),
            run: None,
        });
        let missing = runs.missing.iter().map(|missing| RunRow {
            config: &missing.config,
            facts: &missing.facts,
            outcome: RunOutcome::Missing(&missing.reason),
            run: None,
        });
        let mut rows = Self {
            all: Vec::with_capacity(runs.runs.len() + runs.failed.len() + runs.missing.len()),
            schema: runs.schema,
            members: members::<E::Config>(),
            metrics: Metrics::<E>::list(),
            order: runs.order,
        };
        rows.all.extend(done);
        rows.all.extend(failed);
        rows.all.extend(missing);
        rows.sort();
        rows
    }

    fn sort(&mut self) {
        self.all.sort_by_key(|row| row.facts.index);
        if let Some(by) = &self.order.by {
            by.sort_rows(&mut self.all);
        }
    }

    /// Returns what is known of each row by the index of its run.
    pub(super) fn by_index(&self, known: &HashMap<u32, usize>) -> Vec<usize> {
        let rows = self.all.iter();
        rows.map(|row| known[&row.facts.index]).collect()
    }

    /// Returns the rows of an export.
    pub(super) fn exported(&self) -> impl Iterator<Item = &RunRow<'a>> {
        self.all.iter().take(self.order.top.unwrap_or(usize::MAX))
    }

    /// Returns the runs that have a result.
    pub(crate) fn done(&self) -> impl Iterator<Item = DoneRow<'a>> + Clone {
        self.all.iter().filter_map(RunRow::done)
    }

    /// Returns the number of rows of each outcome.
    pub(crate) fn count(&self) -> Count {
        count(self.all.iter())
    }

    /// Returns the runs that differ only in fields that do not count or are there to differ.
    pub(super) fn replicates(&self) -> Vec<RowGroup<'_>> {
        let groups = grouped(self.all.iter(), self.schema, |row| (row.config, row.facts));
        groups.into_iter().map(RowGroup::new).collect()
    }
}

/// Returns the number of rows of each outcome.
pub(super) fn count<'a>(rows: impl Iterator<Item = &'a RunRow<'a>>) -> Count {
    let (mut done, mut failed, mut missing) = (0, 0, 0);
    for row in rows {
        *match row.outcome {
            RunOutcome::Done(_) => &mut done,
            RunOutcome::Failed(_) => &mut failed,
            RunOutcome::Missing(_) => &mut missing,
        } += 1;
    }
    Count::new(done, failed, missing)
}

/// Runs that are one row of a table, with and without a result; never none.
pub(super) struct RowGroup<'a> {
    pub(super) all: Vec<&'a RunRow<'a>>,
    pub(super) done: Vec<DoneRow<'a>>,
}

impl<'a> RowGroup<'a> {
    pub(super) fn new(all: Vec<&'a RunRow<'a>>) -> Self {
        Self {
            done: all.iter().filter_map(|row| row.done()).collect(),
            all,
        }
    }
}

impl<'a> RunRow<'a> {
    pub(super) fn done(&self) -> Option<DoneRow<'a>> {
        match self.outcome {
            RunOutcome::Done(output) => Some(DoneRow {
                facts: self.facts,
                output,
            }),
            _ => None,
        }
    }
}
