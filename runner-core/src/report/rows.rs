//! [`Rows`]: runs without their types, so that what is made of them is compiled once and not in every program.

use std::collections::HashMap;

use serde::Serialize;

use super::{Facts, Runs, sketch::Sketch};
use crate::{
    canonical::{Digest, Leaf, Names, Schema, Scope, Walker, leaves, scalars},
    config::{Members, members},
    experiment::Experiment,
};

/// Every run that a report is about, whatever became of it, in the order of the configs.
pub(crate) struct Rows<'a> {
    pub(super) all: Vec<Row<'a>>,
    pub(super) schema: &'a Schema,
    pub(super) members: Members,
}

/// One config and what became of it.
pub(super) struct Row<'a> {
    pub(super) config: &'a dyn AnyValue,
    pub(super) facts: &'a Facts,
    pub(super) outcome: Outcome<'a>,
}

pub(super) enum Outcome<'a> {
    Done(&'a dyn AnyValue),
    Failed(&'a str),
    Missing,
}

/// A run that has a result.
#[derive(Clone, Copy)]
pub(super) struct Done<'a> {
    pub(super) config: &'a dyn AnyValue,
    pub(super) facts: &'a Facts,
    pub(super) output: &'a dyn AnyValue,
}

/// A config or an output of whatever type.
pub(super) trait AnyValue {
    /// As [`leaves`], by serde's names.
    fn leaves(&self, schema: &Schema) -> Vec<Leaf>;

    /// As [`scalars`].
    fn scalars(&self) -> Vec<Leaf>;

    /// Whether all of the value is in the sketch.
    fn sketch(&self, sketch: &mut Sketch) -> bool;

    /// What replicates have in common, if it can be written at all.
    fn group(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest>;
}

impl<T: Serialize> AnyValue for T {
    fn leaves(&self, schema: &Schema) -> Vec<Leaf> {
        leaves(self, schema, Names::Serde)
    }

    fn scalars(&self) -> Vec<Leaf> {
        scalars(self)
    }

    fn sketch(&self, sketch: &mut Sketch) -> bool {
        self.serialize(sketch).is_ok()
    }

    fn group(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest> {
        walker.aside(self, schema)
    }
}

impl<'a> Rows<'a> {
    pub(crate) fn of<E: Experiment>(runs: &'a Runs<E>) -> Self {
        let done = runs.runs.iter().map(|run| Row {
            config: &run.config,
            facts: &run.facts,
            outcome: Outcome::Done(&run.output),
        });
        let failed = runs.failed.iter().map(|failed| Row {
            config: &failed.config,
            facts: &failed.facts,
            outcome: Outcome::Failed(&failed.error),
        });
        let missing = runs.missing.iter().map(|missing| Row {
            config: &missing.config,
            facts: &missing.facts,
            outcome: Outcome::Missing,
        });
        let mut rows = Self {
            all: Vec::with_capacity(runs.runs.len() + runs.failed.len() + runs.missing.len()),
            schema: &runs.schema,
            members: members::<E::Config>(),
        };
        rows.all.extend(done);
        rows.all.extend(failed);
        rows.all.extend(missing);
        rows.sort();
        rows
    }

    fn sort(&mut self) {
        self.all.sort_by_key(|row| row.facts.index);
    }

    /// The runs that have a result.
    pub(super) fn done(&self) -> impl Iterator<Item = Done<'a>> + Clone {
        self.all.iter().filter_map(|row| match row.outcome {
            Outcome::Done(output) => Some(Done {
                config: row.config,
                facts: row.facts,
                output,
            }),
            _ => None,
        })
    }

    /// How many rows there are of each outcome: with a result, failed, and missing.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let (mut done, mut failed, mut missing) = (0, 0, 0);
        for row in &self.all {
            *match row.outcome {
                Outcome::Done(_) => &mut done,
                Outcome::Failed(_) => &mut failed,
                Outcome::Missing => &mut missing,
            } += 1;
        }
        (done, failed, missing)
    }

    /// The runs with a result that differ only in fields that do not count or are there to differ.
    pub(super) fn replicates(&self) -> Vec<Vec<Done<'a>>> {
        grouped(self.done(), self.schema, |run| (run.config, run.facts))
    }
}

/// Groups what has replicates of one config; groups and what is in them keep their order.
pub(super) fn grouped<'a, R>(
    runs: impl Iterator<Item = R>,
    schema: &Schema,
    of: impl Fn(&R) -> (&'a dyn AnyValue, &'a Facts),
) -> Vec<Vec<R>> {
    let mut walker = Walker::with_scope(Scope::Group);
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<R>> = Vec::new();
    for run in runs {
        let (config, facts) = of(&run);
        // A config that cannot be written has no key, so there is no such run; it would be a group of its own.
        let digest = config
            .group(schema, &mut walker)
            .map_or(facts.key.as_u128(), Digest::as_u128);
        let place = *places.entry(digest).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(run);
    }
    groups
}
