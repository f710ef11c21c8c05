//! [`Store::flush`]: results become durable many at a time.

use super::{base::Store, layout};
use crate::{
    base::{Error, locked},
    value::Key,
};

/// What was published since the last flush.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) directories: Vec<String>,
    /// What good reruns replaced, which goes once they are durable.
    pub(super) replaced: Vec<Replaced>,
}

/// A directory that was set aside for a rerun that went well.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) key: Key,
    pub(super) directory: String,
}

impl Store {
    /// Makes everything durable that was published before, then removes what it replaced.
    ///
    /// # Errors
    ///
    /// If the disk cannot be synced. What was published is then as durable as the system makes it on its own, and what it
    /// replaced stays: after a failed sync, a later one that succeeds proves nothing.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        self.write_deferred()?;
        let batch = std::mem::take(&mut *locked(&self.batch));
        if batch.directories.is_empty() && batch.replaced.is_empty() {
            return Ok(());
        }
        let synced = if batch.replaced.is_empty() {
            self.disk.sync_runs(&batch.directories)
        } else {
            self.disk.sync_replacing_runs(&batch.directories)
        };
        synced.map_err(self.at("sync", layout::ROOT))?;
        if self.is_lockless()? {
            return Ok(());
        }
        for replaced in batch.replaced {
            if let Some(lock) = self.lock(replaced.key)? {
                self.remove_replaced(&replaced.directory);
                drop(lock);
            } else {
                // This process is still at work there, or another one, which may be about to put it back; then it stays.
                locked(&self.batch).replaced.push(replaced);
            }
        }
        Ok(())
    }
}
