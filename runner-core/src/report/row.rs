//! [`Row`]: one config and what became of it.

use super::{Facts, Runs};
use crate::experiment::Experiment;

pub(super) struct Row<'a, E: Experiment> {
    pub(super) config: &'a E::Config,
    pub(super) facts: &'a Facts,
    pub(super) outcome: Outcome<'a, E::Output>,
}

pub(super) enum Outcome<'a, O> {
    Done(&'a O),
    Failed(&'a str),
    Missing,
}

impl<'a, E: Experiment> Row<'a, E> {
    /// All configs of `runs`, whatever became of them, in their order.
    pub(super) fn all(runs: &'a Runs<E>) -> Vec<Self> {
        let done = runs.runs.iter().map(|run| Self {
            config: &run.config,
            facts: &run.facts,
            outcome: Outcome::Done(&run.output),
        });
        let failed = runs.failed.iter().map(|failed| Self {
            config: &failed.config,
            facts: &failed.facts,
            outcome: Outcome::Failed(&failed.error),
        });
        let missing = runs.missing.iter().map(|missing| Self {
            config: &missing.config,
            facts: &missing.facts,
            outcome: Outcome::Missing,
        });
        let mut rows: Vec<Self> = done.chain(failed).chain(missing).collect();
        rows.sort_by_key(|row| row.facts.index);
        rows
    }
}
