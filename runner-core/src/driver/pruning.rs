//! `--prune`: what no config reaches.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use super::{chosen, planned::Planned};
use crate::{
    api::State,
    base::Error,
    cli::{Prune, Pruned, PrunedDirectory},
    filter::RunView,
    store::{Prunable, Reach, Store, as_stored},
    value::{Key, Leaf, Lists, Mark, Names, Walker},
};

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
        let mut pruned = Pruned {
            removes: prune.removes,
            directories: Vec::new(),
            stay: 0,
            is_narrowed: !self.of_pruned.is_empty(),
            strays: Vec::new(),
        };
        let mut errors = Vec::new();
        let base = self.base_leaves();
        let verified = self.store.verify_store()?;
        // Whether or not a config reaches it, what a run gave that was verified may go.
        let (no_keys, nothing) = (HashSet::new(), HashSet::new());
        let of_results = Reach {
            old_versions: true,
            keys: &no_keys,
            in_use: &nothing,
            ..reach
        };
        let of_leftovers = Reach {
            in_use: &nothing,
            ..reach
        };
        for (store, reach) in [
            (&*self.store, &reach),
            (&verified, &of_results),
            (&verified, &of_leftovers),
        ] {
            self.prune_in(store, reach, prune, &base, &mut pruned, &mut errors)?;
        }
        if !pruned.is_narrowed {
            pruned.strays = self.store.strays(&reach)?;
        }
        errors.into_iter().next().map_or(Ok(pruned), Err)
    }

    /// Adds what may go of a store: that of the results, or that of runs that were verified.
    fn prune_in(
        &self,
        store: &Store,
        reach: &Reach<'_>,
        prune: Prune,
        base: &[Leaf],
        pruned: &mut Pruned,
        errors: &mut Vec<Error>,
    ) -> Result<(), Error> {
        let below = store.root().strip_prefix(self.store.root());
        let below = below.ok().filter(|below| !below.as_os_str().is_empty());
        let now = SystemTime::now();
        let working_since = self.store.locks.announcements.working_since()?;
        for prunable in store.prunable(reach)? {
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
                let is_gone = store.prune(&prunable, reach).unwrap_or_else(|error| {
                    errors.push(error);
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
                    .map_or_else(String::new, |run| fields(&run.leaves, base)),
                why: match below {
                    Some(_) => "of a run that was verified".to_owned(),
                    None => prunable.why.to_string(),
                },
                directory: below.map_or(prunable.directory.clone(), |below| {
                    below.join(&prunable.directory).display().to_string()
                }),
                bytes: prunable.bytes,
                stays,
            });
        }
        Ok(())
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
            verified: None,
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
