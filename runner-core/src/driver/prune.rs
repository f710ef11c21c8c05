//! `--prune`: what no config reaches.

use std::{collections::HashSet, time::SystemTime};

use super::planned::Planned;
use crate::{
    base::Error,
    cli::{Prune, Pruned, PrunedDirectory},
    store::Reach,
    value::Key,
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
        let hits = self.loaded.iter().filter_map(|loaded| loaded.hit.as_ref());
        let in_use: HashSet<&str> = hits.map(|(_, record)| record.directory.as_str()).collect();
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
        };
        for prunable in self.store.prunable(&reach)? {
            if prune.removes && !self.store.prune(&prunable, &reach)? {
                pruned.stay += 1;
                continue;
            }
            pruned.directories.push(PrunedDirectory {
                age: prunable
                    .started
                    .map(|started| now.duration_since(started).unwrap_or_default()),
                directory: prunable.directory,
                why: prunable.why.to_string(),
                bytes: prunable.bytes,
            });
        }
        Ok(pruned)
    }
}
