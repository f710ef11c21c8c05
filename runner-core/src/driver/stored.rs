//! The stored runs: what `--list`, `--dry-run` and `--why` show of them, and what `--keep` and `--prune` change.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    chosen,
    planned::{Loaded, Planned},
};
use crate::{
    api::State,
    base::Error,
    cli::{
        Explained, ListedRun, Made, NearestRun, Prune, Pruned, PrunedDirectory, Request, Verbosity,
    },
    filter::RunView,
    plan::{Kinship, Nearness, Sought, differences},
    report::Format,
    store::{Build, Prunable, Reach, StoredRun, as_stored},
    value::{Key, Leaf, Lists, Mark, Names, Walker},
};

impl Planned {
    /// Returns the selected configs with their states and all else that `request` shows of them.
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
                    name: identity.name.to_string(),
                    key: identity.key,
                    state: loaded.state.clone(),
                    out_dir: self.out_dir(index),
                    is_of_other_build: hit.and_then(|hit| self.is_of_other_build(hit.build)),
                    is_of_other_code: self.is_of_other_code(index),
                    other_code: self.other_code_in_short(index)?,
                    is_kept: kept.contains(&identity.key),
                    is_upgraded: shows_more && hit.is_some_and(|hit| hit.is_upgraded),
                    attempts: self.attempts(index)?,
                    config: is_json
                        .then(|| self.study.config(index).shown(Lists::Keep).ok())
                        .flatten(),
                })
            });
        listed.collect()
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

impl Planned {
    /// Finds what no config reaches, and removes it if that is asked for.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub(crate) fn prune(&self, prune: Prune) -> Result<Pruned, Error> {
        let keys: HashSet<Key> = self
            .identities
            .iter()
            .map(|identity| identity.key)
            .collect();
        let runs = 0..self.loaded.len();
        let in_use: HashSet<String> = runs
            .filter(|&run| self.loaded[run].hit.is_some())
            .map(|run| self.directory(run))
            .collect();
        let kept = self.store.kept()?;
        let reach = Reach {
            origin: &self.origin,
            old_versions: prune.old_versions,
            keys: &keys,
            in_use: &in_use,
            kept: &kept,
        };
        let now = SystemTime::now();
        let mut pruned = Pruned {
            removes: prune.removes,
            directories: Vec::new(),
            stay: 0,
            is_narrowed: !self.of_pruned.is_empty(),
            strays: Vec::new(),
        };
        let mut first_error = None;
        let working_since = self.store.locks.announcements.working_since()?;
        let base = self.base_leaves();
        for prunable in self.store.prunable(&reach)? {
            let age = now.duration_since(prunable.made).unwrap_or_default();
            if !self.is_to_prune(&prunable, age)? {
                continue;
            }
            let stays = match prune.older_than {
                Some(least) => (age < least).then_some("too young"),
                None if age < AGE_MIN => Some("younger than a day"),
                None if working_since.is_some_and(|since| prunable.made >= since) => {
                    Some("perhaps of a program that runs")
                }
                None => None,
            };
            if prune.removes && stays.is_none() {
                // One that cannot be removed keeps no other from being removed.
                let is_gone = self.store.prune(&prunable, &reach).unwrap_or_else(|error| {
                    first_error.get_or_insert(error);
                    false
                });
                if !is_gone {
                    pruned.stay += 1;
                    continue;
                }
            }
            pruned.directories.push(PrunedDirectory {
                age,
                took: prunable.run.as_ref().map(|run| run.record.duration),
                user: prunable.user,
                fields: prunable
                    .run
                    .map_or_else(String::new, |run| fields(&run.leaves, &base)),
                directory: prunable.directory,
                why: prunable.why.to_string(),
                bytes: prunable.bytes,
                stays,
            });
        }
        if !pruned.is_narrowed {
            pruned.strays = self.store.strays(&reach)?;
        }
        first_error.map_or(Ok(pruned), Err)
    }
}

impl Planned {
    /// Returns whether the filter takes what may be pruned.
    fn is_to_prune(&self, prunable: &Prunable, age: Duration) -> Result<bool, Error> {
        let filter = &self.of_pruned;
        if filter.is_empty() {
            return Ok(true);
        }
        let run = prunable.run.as_deref();
        let of = self.outline.config;
        let mut walker = Walker::new();
        let config = run.filter(|_| filter.needs_config()).and_then(|run| {
            let config = chosen::decode(run, of, &self.origin, &self.schema, &mut walker)?;
            config.shown(Lists::Keep).ok()
        });
        let has_failed = |key| {
            self.store
                .failures
                .get(key)
                .map(|failure| failure.is_some())
        };
        let state = match (run, prunable.key.map(has_failed).transpose()?) {
            (Some(_), _) => State::Cached.word(),
            (None, Some(true)) => State::Failed(String::new()).word(),
            (None, _) => State::Missing.word(),
        };
        let key = prunable.key.map(|key| key.to_string()).unwrap_or_default();
        let name = run.map_or("", |run| &run.name);
        Ok(filter.matches(&RunView {
            config: config.as_ref(),
            output: None,
            state,
            duration: run.map(|run| run.record.duration),
            age: Some(age),
            name,
            label: name,
            key: &key,
            build_is_other: run
                .filter(|_| filter.needs_build())
                .and_then(|run| self.is_of_other_build(run.record.build)),
            code_is_other: None,
            size: Some(prunable.bytes),
        }))
    }
}

/// Age from which on `--prune` removes a directory without being asked.
const AGE_MIN: Duration = Duration::from_secs(24 * 60 * 60);
/// Maximum length of the fields that are shown of a run that is pruned.
const FIELDS_CHARS_MAX: usize = 100;

impl Planned {
    /// Returns the leaves of the first config, with which others are compared.
    fn base_leaves(&self) -> Vec<Leaf> {
        let first = (!self.identities.is_empty()).then(|| self.study.config(0));
        first.map_or_else(Vec::new, |config| {
            config.leaves(self.study.schema(), Names::Key)
        })
    }
}

/// Returns the fields that are not as in `base`, as they are written in labels.
fn fields(leaves: &[Leaf], base: &[Leaf]) -> String {
    let is_other = |leaf: &&Leaf| {
        let is_same =
            |base: &Leaf| base.path == leaf.path && as_stored(base.value.clone()) == leaf.value;
        matches!(leaf.mark, Mark::Keyed | Mark::Replicate) && !base.iter().any(is_same)
    };
    let fields = leaves.iter().filter(is_other);
    let fields: Vec<String> = fields
        .map(|leaf| format!("{}={}", leaf.path, leaf.value))
        .collect();
    let mut fields = fields.join(" ");
    if let Some((end, _)) = fields.char_indices().nth(FIELDS_CHARS_MAX) {
        fields.truncate(end);
        fields.push('…');
    }
    fields
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
