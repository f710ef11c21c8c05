//! From what became of the runs to what a report sees.

use std::{any::Any, collections::HashMap, sync::Arc, time::Duration};

use super::planned::{Loaded, Planned};
use crate::{
    api::{
        Common, Experiment, Facts, Failed, Missing, RowOrder, Run, RunOutcome, Runs, State, Typed,
    },
    base::ColorChoice,
    store::AnyOutput,
    value::{Identity, Schema, typed},
};

impl Planned {
    /// Returns the selected runs, whose configs are in the study, for a report.
    ///
    /// # Panics
    ///
    /// If the study is not one of `E`.
    pub(crate) fn into_runs<E: Experiment>(self, color: ColorChoice) -> Runs<E> {
        let Reported {
            study,
            schema,
            order,
            done_max,
            mut outcomes,
        } = self.reported();
        let study = study
            .downcast::<Typed<E>>()
            .unwrap_or_else(|_| unreachable!("a study stays with its experiment"));
        // Only a run that did not stop in time still holds on to the configs.
        let configs = match Arc::try_unwrap(study) {
            Ok(study) => study.configs,
            Err(study) => study.configs.clone(),
        };
        let mut runs = Runs::new(Vec::with_capacity(done_max), Vec::new(), Vec::new(), schema);
        (runs.color, runs.order) = (color, order);
        for config in configs {
            match outcomes.next() {
                None => break,
                Some(None) => {}
                Some(Some((RunOutcome::Done(output), facts))) => runs.runs.push(Run {
                    config,
                    output: typed(output),
                    facts,
                }),
                Some(Some((RunOutcome::Failed(error), facts))) => runs.failed.push(Failed {
                    config,
                    error,
                    facts,
                }),
                Some(Some((RunOutcome::Missing(reason), facts))) => runs.missing.push(Missing {
                    config,
                    reason,
                    facts,
                }),
            }
        }
        runs
    }

    fn reported(self) -> Reported {
        let (study, schema) = (Arc::clone(&self.study) as _, Arc::clone(&self.schema));
        let order = self.order.clone();
        let outcomes = self.outcomes();
        Reported {
            study,
            schema,
            order,
            done_max: outcomes.done_max,
            outcomes: Box::new(outcomes),
        }
    }

    fn outcomes(mut self) -> Outcomes {
        self.loaded.reverse();
        let mut is_selected = vec![false; self.identities.len()];
        for &index in &self.selected {
            is_selected[index] = true;
        }
        Outcomes {
            common: Arc::new(Common {
                root: self.store.absolute(self.store.root()),
                labels: self.labels,
            }),
            done_max: self.loaded.iter().filter(|run| run.hit.is_some()).count(),
            is_selected,
            identities: self.identities,
            loaded: self.loaded,
            next: 0,
            failures: self.failures,
        }
    }
}

type OutcomeAndFacts = (RunOutcome<AnyOutput, String>, Facts);

/// The parts of [`Runs`].
struct Reported {
    study: Arc<dyn Any + Send + Sync>,
    schema: Arc<Schema>,
    order: RowOrder,
    /// Number of runs that have a result.
    done_max: usize,
    /// Of every run, by its place; `None` for those that are not selected.
    outcomes: Box<dyn Iterator<Item = Option<OutcomeAndFacts>>>,
}

/// The number of runs after which the memory of what was known of them is given back.
const RELEASED: usize = 4096;

/// The outcome of every run, by its place; `None` for those that are not selected.
struct Outcomes {
    common: Arc<Common>,
    is_selected: Vec<bool>,
    identities: Arc<Vec<Identity>>,
    /// Those that are left, the last first.
    loaded: Vec<Loaded>,
    next: usize,
    failures: HashMap<usize, String>,
    /// Number of runs that have a result.
    done_max: usize,
}

impl Iterator for Outcomes {
    type Item = Option<OutcomeAndFacts>;

    fn next(&mut self) -> Option<Self::Item> {
        let loaded = self.loaded.pop()?;
        if self.loaded.len().is_multiple_of(RELEASED) {
            self.loaded.shrink_to_fit();
        }
        let index = self.next;
        self.next += 1;
        if !self.is_selected[index] {
            return Some(None);
        }
        let mut facts = Facts {
            key: self.identities[index].key,
            common: Arc::clone(&self.common),
            directory: None,
            duration: Duration::ZERO,
            is_cached: loaded.state == State::Cached,
            index: u32::try_from(index).unwrap_or(u32::MAX),
        };
        let output = loaded.hit.map(|hit| {
            facts.duration = hit.duration;
            facts.directory = hit.directory;
            hit.output
        });
        let output = output.flatten();
        let outcome = match (self.failures.remove(&index), output, loaded.state) {
            (Some(error), ..) | (None, None, State::Failed(error)) => RunOutcome::Failed(error),
            (None, Some(output), _) => RunOutcome::Done(output),
            (None, None, state) => RunOutcome::Missing(state.to_string()),
        };
        Some(Some((outcome, facts)))
    }
}
