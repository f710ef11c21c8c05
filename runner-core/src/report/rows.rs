//! [`Rows`]: runs without their types, so that what is made of them is compiled once and not in every program.

use std::{any::Any, collections::HashMap};

use crate::{
    api::{
        Experiment, Facts, Failed, Filtered, MetricList, Metrics, Missing, RowOrder, Run,
        RunOutcome, Runs, grouped,
    },
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
    pub(crate) fn of<E: Experiment>(runs: &'a Runs<E>) -> Self {
        let all = (runs.runs.iter(), runs.failed.iter(), runs.missing.iter());
        Self::made_of(all, &runs.schema, &runs.order)
    }

    pub(crate) fn of_part<E: Experiment>(runs: &Filtered<'a, E>) -> Self {
        let (failed, missing) = (runs.failed.iter().copied(), runs.missing.iter().copied());
        let all = (runs.runs.iter().copied(), failed, missing);
        Self::made_of(all, runs.schema, runs.order)
    }

    fn made_of<E: Experiment>(
        (done, failed, missing): (
            impl ExactSizeIterator<Item = &'a Run<E>>,
            impl ExactSizeIterator<Item = &'a Failed<E>>,
            impl ExactSizeIterator<Item = &'a Missing<E>>,
        ),
        schema: &'a Schema,
        order: &'a RowOrder,
    ) -> Self {
        let count = done.len() + failed.len() + missing.len();
        let (members, metrics) = (members::<E::Config>(), Metrics::<E>::list);
        let mut rows = Self::new(count, schema, members, metrics, order);
        for run in done {
            let outcome = RunOutcome::Done(&run.output as _);
            rows.add(&run.config, &run.facts, outcome, Some(run));
        }
        for run in failed {
            let outcome = RunOutcome::Failed(run.error.as_str());
            rows.add(&run.config, &run.facts, outcome, None);
        }
        for run in missing {
            let outcome = RunOutcome::Missing(run.reason.as_str());
            rows.add(&run.config, &run.facts, outcome, None);
        }
        rows.sort();
        rows
    }

    fn new(
        count: usize,
        schema: &'a Schema,
        members: Members,
        metrics: fn() -> MetricList,
        order: &'a RowOrder,
    ) -> Self {
        Self {
            all: Vec::with_capacity(count),
            schema,
            members,
            metrics: metrics(),
            order,
        }
    }

    fn add(
        &mut self,
        config: &'a dyn AnyValue,
        facts: &'a Facts,
        outcome: RunOutcome<&'a dyn AnyValue, &'a str>,
        run: Option<&'a dyn Any>,
    ) {
        self.all.push(RunRow {
            config,
            facts,
            outcome,
            run,
        });
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

    /// Returns the place, among the runs that have a result, of the run of each row that has one, in the order of the rows.
    pub(super) fn places(&self) -> Vec<usize> {
        let mut by_index: Vec<u32> = self.done().map(|row| row.facts.index).collect();
        by_index.sort_unstable();
        let place = |row: DoneRow<'_>| by_index.binary_search(&row.facts.index).unwrap_or(0);
        self.done().map(place).collect()
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
