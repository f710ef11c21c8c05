//! Runs that were going on when a program ended.

use super::{
    base::Store,
    directory::Directory,
    layout::{self, inside},
};
use crate::{base::Error, value::Key};

impl Store {
    /// Returns whether a run without a result was going on when a program ended, and neither failed nor was stopped: there is its
    /// directory, without a description, and no process has its lock.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn is_cut_off(&self, key: Key) -> Result<bool, Error> {
        let listing = self.listings.get()?;
        let of_key = |directory: &&str| {
            let parsed = Directory::parse(directory);
            parsed.is_some_and(|parsed| {
                parsed.aside.is_none() && parsed.full.is_none_or(|full| full == key)
            })
        };
        let unfinished = listing.unfinished().iter();
        let abandoned = unfinished
            .filter(|(_, left)| left.short == key.short() && left.is_abandoned())
            .map(|(name, _)| name.as_str());
        for directory in listing.of(key.short()).filter(of_key).chain(abandoned) {
            // Of what another user has there, nothing is known.
            let has = |file| {
                self.files()
                    .exists(&inside(directory, file))
                    .unwrap_or(true)
            };
            if !has(layout::RESULT) && !has(layout::RUN_JSON) {
                return Ok(self.locks.holder(key)?.is_none());
            }
        }
        Ok(false)
    }
}
