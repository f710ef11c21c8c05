//! [`Published`]: what one process stored and another makes durable.

use serde::{Deserialize, Serialize};

use super::{
    base::{Store, locked},
    batch::Replaced,
};
use crate::key::Key;

/// Results that are not durable yet, on their way from a run's process to the one that started it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Published {
    directories: Vec<String>,
    /// Keys, and directories that go once all are durable.
    replaced: Vec<(u128, String)>,
}

impl Store {
    /// What the next flush would make durable; it is the receiver's from now on.
    pub(crate) fn hand_over(&self) -> Published {
        let batch = std::mem::take(&mut *locked(&self.batch));
        Published {
            directories: batch.directories,
            replaced: batch
                .replaced
                .into_iter()
                .map(|replaced| (replaced.key.as_u128(), replaced.directory))
                .collect(),
        }
    }

    /// Makes what another process stored durable with this store's next flush.
    pub(crate) fn adopt(&self, published: Published) {
        let mut batch = locked(&self.batch);
        batch.directories.extend(published.directories);
        batch.replaced.extend(
            published
                .replaced
                .into_iter()
                .map(|(key, directory)| Replaced {
                    key: Key::from_u128(key),
                    directory,
                }),
        );
    }

    /// Makes a result durable with the next flush whose process ended before it could hand it over.
    pub(crate) fn adopt_directory(&self, directory: &str) {
        locked(&self.batch).directories.push(directory.to_owned());
    }

    /// Notes that another process has changed the directories of a key, or noted a failure of it, which may have
    /// left a checkpoint.
    pub(crate) fn note_changed(&self, key: Key, has_failed: bool) {
        self.touch(key.short());
        if has_failed {
            if let Some(failed) = &mut *locked(&self.failed) {
                failed.insert(key);
            }
            self.forget_checkpoints();
        }
    }
}
