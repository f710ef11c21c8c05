//! [`Published`]: what one process stored and another makes durable.

use serde::{Deserialize, Serialize};

use super::{base::Store, batch::Replaced, listing::Listing};
use crate::{base::locked, value::Key};

/// Results that are not durable yet, on their way from a run's process to the one that started it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Published {
    directories: Vec<String>,
    /// Keys, and directories that go once all are durable.
    replaced: Vec<(u128, String)>,
}

/// What one process tells another of the directories of a key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Known {
    /// These are all.
    Directories(Vec<String>),
    /// They have changed since they were listed.
    Changed,
    /// Only a look at the disk can tell.
    Nothing,
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

    /// What there is of a key, for a process that is about to do the run.
    ///
    /// A process that lists everything for a single run makes many such runs quadratic.
    pub(crate) fn known(&self, key: Key, named_by_key: bool) -> Known {
        let short = key.short();
        match self.listing_made() {
            Some(listing) if named_by_key && matches!(self.is_lockless(), Ok(false)) => {
                if self.is_touched(short) {
                    Known::Changed
                } else {
                    Known::Directories(listing.of(short).map(str::to_owned).collect())
                }
            }
            _ => Known::Nothing,
        }
    }

    /// Believes another process about the key that is asked for next, instead of listing what there is.
    pub(crate) fn believe(&self, key: Key, known: &Known) {
        match known {
            Known::Directories(directories) => {
                let mut listing = Listing::default();
                for directory in directories {
                    listing.add(directory);
                }
                self.list_as(listing);
            }
            // The listing may be what was told of another key.
            Known::Changed => self.touch(key.short()),
            Known::Nothing => {}
        }
    }

    /// Believes another process about the notes of failures, for the one key that is asked for next.
    pub(crate) fn know_failure(&self, key: Key, has_failed: bool) {
        self.failures.know_all(key, has_failed);
        if has_failed {
            self.checkpoints.forget();
        }
    }

    /// Notes that another process has changed the directories of a key, or noted a failure of it, which may have
    /// left a checkpoint.
    pub(crate) fn note_changed(&self, key: Key, has_failed: bool) {
        self.touch(key.short());
        if has_failed {
            self.failures.know(key, true);
            self.checkpoints.forget();
        }
    }
}
