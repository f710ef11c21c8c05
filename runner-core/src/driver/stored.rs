//! The stored runs: what `--list`, `--dry-run` and `--why` show of them, and what `--keep` changes.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::planned::{Loaded, Planned};
use crate::{
    api::State,
    base::Error,
    cli::{Explained, ListedRun, Made, NearestRun, Request, Verbosity},
    plan::{Kinship, Nearness, Sought, differences},
    report::Format,
    store::{Build, StoredRun, as_stored},
    value::{Lists, Names},
};

impl Planned {
    /// Returns the selected configs with their states and all else that `request` shows of them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn listed(
        &self,
        request: &Request,
    ) -> Result<impl Iterator<Item = Result<ListedRun, Error>>, Error> {
        let kept = self.store.kept()?;
        let is_json = request.format == Some(Format::Json);
        let shows_more = is_json || request.verbosity == Verbosity::Verbose;
        let listed = self
            .selected
            .iter()
            .map(move |&index| -> Result<ListedRun, Error> {
                let identity = &self.identities[index];
                let loaded = &self.loaded[index];
                let hit = loaded.hit.as_ref();
                Ok(ListedRun {
                    label: self.labels.get(index).to_owned(),
                    name: identity.name.to_string(),
                    key: identity.key,
                    state: loaded.state.clone(),
                    out_dir: self.out_dir(index),
                    is_of_other_build: hit.and_then(|hit| self.is_of_other_build(hit.build)),
                    is_of_other_code: self.is_of_other_code(index),
                    other_code: self.other_code_in_short(index)?,
                    verified: self.verified_state(index)?,
                    is_kept: kept.contains(&identity.key),
                    is_upgraded: shows_more && hit.is_some_and(|hit| hit.is_upgraded),
                    attempts: self.attempts(index)?,
                    config: is_json
                        .then(|| self.study.config(index).shown(Lists::Keep).ok())
                        .flatten(),
                })
            });
        Ok(listed)
    }

    /// Returns the number of attempts at a run, as far as its result or its last failure tells.
    fn attempts(&self, index: usize) -> Result<u32, Error> {
        let Loaded { state, hit, .. } = &self.loaded[index];
        Ok(match (state, hit) {
            (State::Failed(_), _) => {
                let failure = self.store.failures.get(self.identities[index].key)?;
                failure.map_or(0, |failure| failure.attempts)
            }
            (_, Some(hit)) => hit.attempts,
            _ => 0,
        })
    }

    fn out_dir(&self, index: usize) -> PathBuf {
        self.store.root().join(self.directory(index))
    }

    /// Notes that the selected runs that have a result are kept, or no longer. Returns their number.
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
        if count == 0 && !self.selected.is_empty() {
            return Err(Error::usage(
                "none of the selected runs has a result that could be kept",
            ));
        }
        Ok(count)
    }
}

/// Maximum number of configs that are explained; each is compared with every stored run.
const EXPLAINED_MAX: usize = 20;

impl Planned {
    /// Explains the selected configs, all that are not cached if none was named; and how many more there would be.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn explained(&self, request: &Request) -> Result<(Vec<Explained>, usize), Error> {
        let is_named = !request.patterns.is_empty() || !request.wheres.is_empty();
        let is_asked = |&index: &usize| {
            is_named
                || self.loaded[index].state != State::Cached
                || self.is_of_other_code(index) == Some(true)
        };
        let asked: Vec<usize> = self.selected.iter().copied().filter(is_asked).collect();
        let shown = &asked[..asked.len().min(EXPLAINED_MAX)];
        // Of what runs already, more will be known soon.
        let is_compared =
            |index: usize| !matches!(self.loaded[index].state, State::Cached | State::Running(_));
        let compared: Vec<usize> = shown
            .iter()
            .copied()
            .filter(|&index| is_compared(index))
            .collect();
        let mut nearest = self.nearest(&compared)?.into_iter();
        let explained = shown.iter().map(|&index| -> Result<Explained, Error> {
            let identity = &self.identities[index];
            let loaded = &self.loaded[index];
            Ok(Explained {
                label: self.labels.get(index).to_owned(),
                key: identity.key,
                state: loaded.state.clone(),
                made: loaded
                    .hit
                    .as_ref()
                    .map(|hit| self.made(hit.started, hit.duration, hit.build)),
                nearest: is_compared(index)
                    .then(|| nearest.next().flatten())
                    .flatten(),
                other_code: self.other_code(index)?,
                verified: self.verified_state(index)?,
            })
        });
        let explained = explained.collect::<Result<_, _>>()?;
        Ok((explained, asked.len() - shown.len()))
    }

    fn made(&self, started: SystemTime, duration: Duration, build: Build) -> Made {
        Made {
            age: SystemTime::now()
                .duration_since(started)
                .unwrap_or_default(),
            duration,
            is_of_other_build: self.is_of_other_build(build),
        }
    }

    /// Returns the stored run that is nearest to each of the configs at these places.
    fn nearest(&self, compared: &[usize]) -> Result<Vec<Option<NearestRun>>, Error> {
        let sought: Vec<Sought> = compared.iter().map(|&index| self.sought(index)).collect();
        if sought.is_empty() {
            return Ok(Vec::new());
        }
        let none = || -> Vec<Option<Nearness>> { vec![None; sought.len()] };
        let seen = self.store.survey(none, |best, run| {
            let nearer = self.compare(&sought, best, &run);
            (!nearer.is_empty()).then(|| (nearer, Arc::new(run)))
        })?;
        let mut best: Vec<Option<(Nearness, Arc<StoredRun>)>> = vec![None; sought.len()];
        for (nearer, run) in seen {
            for (place, nearness) in nearer {
                let is_nearer = best[place]
                    .as_ref()
                    .is_none_or(|(known, _)| nearness < *known);
                if is_nearer {
                    best[place] = Some((nearness, Arc::clone(&run)));
                }
            }
        }
        let wanted = sought.iter().zip(compared);
        let described = best
            .into_iter()
            .zip(wanted)
            .map(|(best, (sought, &index))| {
                let (nearness, run) = best?;
                let record = &run.record;
                Some(NearestRun {
                    is_own: run.key == self.identities[index].key,
                    directory: run.record.directory.clone(),
                    kinship: nearness.kinship,
                    experiment: run.experiment.clone(),
                    version: run.version,
                    version_now: self.origin.version,
                    made: self.made(record.started, record.duration, record.build),
                    differences: differences(sought, &run.leaves),
                })
            });
        Ok(described.collect())
    }

    fn sought(&self, index: usize) -> Sought {
        let mut leaves = self
            .study
            .config(index)
            .leaves(self.study.schema(), Names::Key);
        for leaf in &mut leaves {
            leaf.value = as_stored(leaf.value.clone());
        }
        Sought { leaves }
    }

    /// Returns the configs to which a stored run is nearer than all that this thread has seen.
    fn compare(
        &self,
        sought: &[Sought],
        best: &mut [Option<Nearness>],
        run: &StoredRun,
    ) -> Vec<(usize, Nearness)> {
        let kinship = if run.experiment != self.origin.experiment {
            Kinship::OtherExperiment
        } else if run.version != self.origin.version {
            Kinship::OtherVersion
        } else {
            Kinship::Same
        };
        let started = run.record.started.duration_since(SystemTime::UNIX_EPOCH);
        let started = started.unwrap_or(Duration::ZERO).as_nanos();
        let started_ns = u64::try_from(started).unwrap_or(u64::MAX);
        let mut nearer = Vec::new();
        for (place, (sought, best)) in sought.iter().zip(best).enumerate() {
            if let Some(nearness) = Nearness::of(sought, &run.leaves, kinship, started_ns, *best) {
                *best = Some(nearness);
                nearer.push((place, nearness));
            }
        }
        nearer
    }
}
