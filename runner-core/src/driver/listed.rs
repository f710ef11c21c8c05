//! What `--list` and `--dry-run` show, and what `--keep` changes about it.

use std::path::PathBuf;

use super::Planned;
use crate::{
    canonical::{Leaf, Names, Value, leaf_at, leaves},
    cli::ListedRun,
    config::Config,
    error::Error,
    experiment::Experiment,
    load::Loaded,
    plan::State,
};

impl<E: Experiment> Planned<E> {
    /// The selected configs with their states, and with their leaves if somebody will show them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn listed(&self, with_leaves: bool) -> Result<Vec<ListedRun>, Error> {
        let kept = self.store.kept()?;
        let listed = self
            .selected
            .iter()
            .map(|&index| -> Result<ListedRun, Error> {
                let run = &self.runs[index];
                let loaded = &self.loaded[index];
                let hit = loaded.hit.as_ref();
                Ok(ListedRun {
                    label: self.labels.get(index).to_owned(),
                    name: run.identity.name.clone(),
                    key: run.identity.key,
                    state: loaded.state.clone(),
                    out_dir: self.out_dir(index),
                    is_of_other_build: hit.and_then(|(_, record)| self.is_of_other_build(record)),
                    is_kept: kept.contains(&run.identity.key),
                    attempts: self.attempts(index)?,
                    leaves: if with_leaves {
                        self.leaves_of(&run.config)
                    } else {
                        Vec::new()
                    },
                })
            });
        listed.collect()
    }

    /// Every leaf under the name that people write, long lists as a whole.
    fn leaves_of(&self, config: &E::Config) -> Vec<Leaf> {
        whole_leaves(config, &self.schema)
    }

    /// How often a run was tried, as far as its result or its last failure tells.
    fn attempts(&self, index: usize) -> Result<u32, Error> {
        let Loaded { state, hit } = &self.loaded[index];
        Ok(match (state, hit) {
            (State::Failed(_), _) => {
                let failure = self.store.failure(self.runs[index].identity.key)?;
                failure.map_or(0, |failure| failure.attempts)
            }
            (_, Some((_, record))) => record.attempts,
            _ => 0,
        })
    }

    fn out_dir(&self, index: usize) -> PathBuf {
        let directory = match &self.loaded[index].hit {
            Some((_, record)) => record.directory.clone(),
            None => self.store.directory_of(&self.runs[index].identity),
        };
        self.store.root().join(directory)
    }

    /// Notes that the selected runs that have a result are kept, or no longer; answers how many.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, or if none has a result.
    pub(crate) fn keep(&self, is_kept: bool) -> Result<usize, Error> {
        let mut count = 0;
        for &index in &self.selected {
            let identity = &self.runs[index].identity;
            if !is_kept {
                self.store.unkeep(identity.key)?;
                count += 1;
            } else if self.loaded[index].hit.is_some() {
                let origin = &self.origin;
                self.store.keep(
                    identity.key,
                    &origin.experiment,
                    origin.version,
                    &identity.name,
                )?;
                count += 1;
            }
        }
        if count == 0 {
            return Err(Error::usage(
                "none of the selected runs has a result that could be kept",
            ));
        }
        Ok(count)
    }
}

/// The leaves of a config, by serde's names; what is too long to be kept elsewhere is whole here.
pub(crate) fn whole_leaves<C: Config>(config: &C, schema: &crate::canonical::Schema) -> Vec<Leaf> {
    let mut all = leaves(config, schema, Names::Serde);
    for leaf in &mut all {
        if let Value::Large(..) = leaf.value
            && let Some(value) = leaf_at(config, &leaf.path)
        {
            leaf.value = value;
        }
    }
    all
}
