//! From the plan to what a report sees.

use std::{any::Any, collections::HashMap, iter::Enumerate, sync::Arc, time::Duration, vec};

use super::planned::{Loaded, Planned};
use crate::{
    api::{Common, Experiment, Facts, Failed, Missing, Run, Runs, State, Typed},
    base::ColorChoice,
    store::AnyOutput,
    value::{Identity, typed},
};

/// What became of a selected run.
enum Became {
    Done(AnyOutput),
    /// With its error.
    Failed(String),
    /// With the reason.
    Missing(String),
}

impl Planned {
    /// What a report sees of the selected runs, whose configs are in the study.
    ///
    /// # Panics
    ///
    /// If the study is not one of `E`.
    pub(crate) fn into_runs<E: Experiment>(self, color: ColorChoice) -> Runs<E> {
        let schema = Arc::clone(&self.schema);
        let study: Arc<dyn Any + Send + Sync> = Arc::clone(&self.study) as _;
        let outcomes = self.outcomes();
        let study = study
            .downcast::<Typed<E>>()
            .unwrap_or_else(|_| unreachable!("a study stays with its experiment"));
        // Only a run that did not stop in time still holds on to the configs.
        let configs = Arc::try_unwrap(study)
            .map_or_else(|study| study.configs.clone(), |study| study.configs);
        let mut done = Vec::with_capacity(outcomes.done_max);
        let (mut failed, mut missing) = (Vec::new(), Vec::new());
        for (config, outcome) in configs.into_iter().zip(outcomes) {
            match outcome {
                None => {}
                Some((Became::Done(output), facts)) => done.push(Run {
                    config,
                    output: typed(output),
                    facts,
                }),
                Some((Became::Failed(error), facts)) => failed.push(Failed {
                    config,
                    error,
                    facts,
                }),
                Some((Became::Missing(reason), facts)) => missing.push(Missing {
                    config,
                    reason,
                    facts,
                }),
            }
        }
        Runs {
            color,
            ..Runs::new(done, failed, missing, schema)
        }
    }

    fn outcomes(self) -> Outcomes {
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
            loaded: self.loaded.into_iter().enumerate(),
            failures: self.failures,
        }
    }
}

/// What became of every run, by its place; nothing of those that are not selected.
struct Outcomes {
    common: Arc<Common>,
    is_selected: Vec<bool>,
    identities: Arc<Vec<Identity>>,
    loaded: Enumerate<vec::IntoIter<Loaded>>,
    failures: HashMap<usize, String>,
    /// How many runs have a result.
    done_max: usize,
}

impl Iterator for Outcomes {
    type Item = Option<(Became, Facts)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, loaded) = self.loaded.next()?;
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
        let became = match (self.failures.remove(&index), output, loaded.state) {
            (Some(error), ..) | (None, None, State::Failed(error)) => Became::Failed(error),
            (None, Some(output), _) => Became::Done(output),
            (None, None, state) => Became::Missing(state.to_string()),
        };
        Some(Some((became, facts)))
    }
}
