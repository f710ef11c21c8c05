//! What `--list` and `--dry-run` show, and what `--keep` changes about it.

use std::path::PathBuf;

use super::planned::{Loaded, Planned};
use crate::{
    api::State,
    base::Error,
    cli::{ListedRun, Request, Verbosity},
    report::Format,
    value::Lists,
};

impl Planned {
    /// The selected configs with their states and what else `request` shows of them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn listed(&self, request: &Request) -> Result<Vec<ListedRun>, Error> {
        let kept = self.store.kept()?;
        let is_json = request.format == Some(Format::Json);
        let shows_more = is_json || request.verbosity == Verbosity::Verbose;
        let listed = self
            .selected
            .iter()
            .map(|&index| -> Result<ListedRun, Error> {
                let identity = &self.identities[index];
                let loaded = &self.loaded[index];
                let hit = loaded.hit.as_ref();
                Ok(ListedRun {
                    label: self.labels.get(index).to_owned(),
                    name: identity.name.clone(),
                    key: identity.key,
                    state: loaded.state.clone(),
                    out_dir: self.out_dir(index),
                    is_of_other_build: hit.and_then(|(_, record)| self.is_of_other_build(record)),
                    is_kept: kept.contains(&identity.key),
                    is_upgraded: loaded.is_upgraded && shows_more,
                    attempts: self.attempts(index)?,
                    config: is_json
                        .then(|| self.study.config(index).shown(Lists::Keep).ok())
                        .flatten(),
                })
            });
        listed.collect()
    }

    /// How often a run was tried, as far as its result or its last failure tells.
    fn attempts(&self, index: usize) -> Result<u32, Error> {
        let Loaded { state, hit, .. } = &self.loaded[index];
        Ok(match (state, hit) {
            (State::Failed(_), _) => {
                let failure = self.store.failures.get(self.identities[index].key)?;
                failure.map_or(0, |failure| failure.attempts)
            }
            (_, Some((_, record))) => record.attempts,
            _ => 0,
        })
    }

    fn out_dir(&self, index: usize) -> PathBuf {
        let directory = match &self.loaded[index].hit {
            Some((_, record)) => record.directory.clone(),
            None => self.store.directory_of(&self.identities[index]),
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
            let identity = &self.identities[index];
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
